locals {
  name   = "passcode-reset-${var.environment}"
  domain = split("@", var.email_from)[1]

  # Regions that were opened later sign under a domain of their own; a record that points elsewhere never verifies.
  # Source: https://docs.aws.amazon.com/general/latest/gr/ses.html#ses_dkim_domains
  own_dkim_domain = [
    "af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1", "eu-central-2",
    "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1",
  ]
  dkim_domain = contains(local.own_dkim_domain, var.region) ? "dkim.${var.region}.amazonses.com" : "dkim.amazonses.com"
}

# No event destination for opens and clicks, so no mail gets a pixel or a rewritten link; and engagement metrics of the
# account's Virtual Deliverability Manager, which would add both, are off for this set.
# Source: https://docs.aws.amazon.com/ses/latest/dg/vdm-settings.html
resource "aws_sesv2_configuration_set" "this" {
  configuration_set_name = local.name

  # A passcode travels encrypted or not at all.
  delivery_options {
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  sending_options {
    sending_enabled = true
  }

  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }

  vdm_options {
    dashboard_options {
      engagement_metrics = "DISABLED"
    }

    guardian_options {
      optimized_shared_delivery = "DISABLED"
    }
  }
}

# The code names no configuration set: this one is the identity's default.
resource "aws_sesv2_email_identity" "sender" {
  email_identity         = local.domain
  configuration_set_name = aws_sesv2_configuration_set.this.configuration_set_name

  dkim_signing_attributes {
    next_signing_key_length = "RSA_2048_BIT"
  }
}

resource "aws_sesv2_email_identity_mail_from_attributes" "sender" {
  count = var.mail_from_subdomain == null ? 0 : 1

  email_identity         = aws_sesv2_email_identity.sender.email_identity
  mail_from_domain       = "${var.mail_from_subdomain}.${local.domain}"
  behavior_on_mx_failure = "REJECT_MESSAGE"
}
