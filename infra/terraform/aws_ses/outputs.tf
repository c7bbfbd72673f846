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
