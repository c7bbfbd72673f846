# No key of AWS is stored anywhere: notify's Google ID token buys this role for an hour.
#
# The condition keys do not mean what they are called. Google's tokens have an `azp` claim, so AWS fills `:aud` from
# `azp` (the account: its number, in some tokens its address) and `:oaud` from `aud` (the audience that the caller
# chose). The audience alone would let in any Google account that asks for it; `:sub` names the one.
# AWS knows accounts.google.com by itself: an identity provider made for it breaks the exchange.
# Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
resource "aws_iam_role" "notify" {
  name                 = local.name
  description          = "Sends the passcode reset's mails; assumed by the Google account of its function notify"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "accounts.google.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "accounts.google.com:sub"  = var.notify_account.unique_id
          "accounts.google.com:oaud" = var.audience
          "accounts.google.com:aud"  = [var.notify_account.unique_id, var.notify_account.email]
        }
      }
    }]
  })
}

# One action, by one identity and its configuration set, from one address.
resource "aws_iam_role_policy" "send" {
  name = "send"
  role = aws_iam_role.notify.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "ses:SendEmail"
      Resource  = [aws_sesv2_email_identity.sender.arn, aws_sesv2_configuration_set.this.arn]
      Condition = { StringEquals = { "ses:FromAddress" = var.email_from } }
    }]
  })
}
