# Who may send what through Amazon SES. The provider is mocked: nothing is asked, nothing is made.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_sesv2_email_identity" {
    defaults = {
      arn                     = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
      dkim_signing_attributes = { tokens = ["abc"] }
    }
  }
  mock_resource "aws_sesv2_configuration_set" {
    defaults = { arn = "arn:aws:ses:eu-central-1:123456789012:configuration-set/passcode-reset-production" }
  }
}

variables {
  region         = "eu-central-1"
  environment    = "production"
  email_from     = "passcodes@example.com"
  notify_account = { unique_id = "100000000000000000000", email = "notify-run@example-passcodes-prod.iam.gserviceaccount.com" }
}

run "one_google_account_with_one_audience" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.notify.assume_role_policy) == { Version = "2012-10-17", Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "accounts.google.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "accounts.google.com:sub"  = "100000000000000000000"
        "accounts.google.com:oaud" = "passcode-reset-ses"
        "accounts.google.com:aud"  = ["100000000000000000000", "notify-run@example-passcodes-prod.iam.gserviceaccount.com"]
      } }
    }] }
    error_message = "Subject, audience and presenter are all named."
  }
  assert {
    condition     = aws_iam_role.notify.name == "passcode-reset-production" && aws_iam_role.notify.max_session_duration == 3600
    error_message = "One role an environment, for an hour at a time."
  }
}

run "sends_from_one_address_and_nothing_else" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role_policy.send.policy).Statement[0].Action == "ses:SendEmail" && length(jsondecode(aws_iam_role_policy.send.policy).Statement) == 1
    error_message = "One action."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.send.policy).Statement[0].Condition.StringEquals["ses:FromAddress"] == "passcodes@example.com"
    error_message = "One sender."
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.send.policy).Version == "2012-10-17" && jsondecode(aws_iam_role_policy.send.policy).Statement[0].Effect == "Allow" && jsondecode(aws_iam_role_policy.send.policy).Statement[0].Resource == [
      "arn:aws:ses:eu-central-1:123456789012:identity/example.com", "arn:aws:ses:eu-central-1:123456789012:configuration-set/passcode-reset-production",
    ]
    error_message = "By one identity and its configuration set, and no wildcard."
  }
}

run "mails_are_encrypted_and_not_tracked" {
  command = plan

  assert {
    condition     = aws_sesv2_configuration_set.this.vdm_options[0].dashboard_options[0].engagement_metrics == "DISABLED" && length(aws_sesv2_configuration_set.this.tracking_options) == 0
    error_message = "No pixel and no rewritten link."
  }
  assert {
    condition     = aws_sesv2_configuration_set.this.delivery_options[0].tls_policy == "REQUIRE"
    error_message = "TLS or not at all."
  }
  assert {
    condition     = aws_sesv2_configuration_set.this.vdm_options[0].guardian_options[0].optimized_shared_delivery == "DISABLED" && aws_sesv2_configuration_set.this.sending_options[0].sending_enabled
    error_message = "Nothing holds a mail back to send it at a better time."
  }
  assert {
    condition     = toset(aws_sesv2_configuration_set.this.suppression_options[0].suppressed_reasons) == toset(["BOUNCE", "COMPLAINT"]) && aws_sesv2_configuration_set.this.reputation_options[0].reputation_metrics_enabled
    error_message = "Addresses that bounce or complain cost the account its reputation, and with it every mail."
  }
  assert {
    condition     = aws_sesv2_email_identity.sender.dkim_signing_attributes[0].next_signing_key_length == "RSA_2048_BIT"
    error_message = "A short key is no signature."
  }
  assert {
    condition     = aws_sesv2_email_identity.sender.email_identity == "example.com" && aws_sesv2_email_identity.sender.configuration_set_name == "passcode-reset-production"
    error_message = "The set is the identity's default, for the code names none."
  }
}

run "everybodys_audience_is_refused" {
  command = plan

  variables {
    audience = "sts.amazonaws.com"
  }

  expect_failures = [var.audience]
}

run "records_point_to_where_most_regions_sign" {
  command = plan

  assert {
    condition     = output.dkim_records[0].data == "abc.dkim.amazonses.com"
    error_message = "Frankfurt signs under the domain that most regions share."
  }
}

run "records_of_a_later_region_point_to_its_own_domain" {
  command = plan

  variables {
    region = "eu-south-1"
  }

  assert {
    condition     = output.dkim_records[0].data == "abc.dkim.eu-south-1.amazonses.com"
    error_message = "Milan signs under a domain of its own: the record would never verify."
  }
}

run "bounces_go_to_amazon_without_a_sub_domain" {
  command = plan

  assert {
    condition     = output.mail_from_records == []
    error_message = "No sub-domain, no records."
  }
  assert {
    condition     = length(aws_sesv2_email_identity_mail_from_attributes.sender) == 0
    error_message = "Amazon's own is left as it is."
  }
}

run "a_sub_domain_for_bounces_says_its_records" {
  command = plan

  variables {
    mail_from_subdomain = "bounces"
  }

  assert {
    condition = output.mail_from_records == [
      { name = "bounces.example.com", type = "MX", data = "10 feedback-smtp.eu-central-1.amazonses.com" },
      { name = "bounces.example.com", type = "TXT", data = "\"v=spf1 include:amazonses.com ~all\"" },
    ]
    error_message = "Without both records no mail leaves."
  }
  assert {
    condition     = one(aws_sesv2_email_identity_mail_from_attributes.sender[*].mail_from_domain) == "bounces.example.com" && one(aws_sesv2_email_identity_mail_from_attributes.sender[*].behavior_on_mx_failure) == "REJECT_MESSAGE"
    error_message = "SPF aligns with the sender, or the mail goes by the other provider."
  }
}

run "a_sub_domain_is_one_label" {
  command = plan

  variables {
    mail_from_subdomain = "bounces.example.com"
  }

  expect_failures = [var.mail_from_subdomain]
}
