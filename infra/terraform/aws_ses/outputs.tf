output "role_arn" {
  description = "SES_ROLE_ARN: role that notify assumes."
  value       = aws_iam_role.notify.arn
}

output "ses" {
  description = "The variable `ses` of the other root module."
  value = {
    region   = var.region
    role_arn = aws_iam_role.notify.arn
    audience = var.audience
  }
}

output "dkim_records" {
  description = "CNAME records that prove the domain and sign its mails."
  value = [
    for token in aws_sesv2_email_identity.sender.dkim_signing_attributes[0].tokens : {
      name = "${token}._domainkey.${local.domain}"
      type = "CNAME"
      data = "${token}.${local.dkim_domain}"
    }
  ]
}

output "mail_from_records" {
  description = "Records of the sub-domain for bounces, [] without one. Make them first: until the MX is seen, SES refuses every mail."
  # Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
  value = flatten([
    for identity in aws_sesv2_email_identity_mail_from_attributes.sender : [
      { name = identity.mail_from_domain, type = "MX", data = "10 feedback-smtp.${var.region}.amazonses.com" },
      { name = identity.mail_from_domain, type = "TXT", data = "\"v=spf1 include:amazonses.com ~all\"" },
    ]
  ])
}
