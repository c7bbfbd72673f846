# Who may do what: one row a function, everything that IAM says about it. Each runs as an account of its own.
#
#   store      writer: create, get, list, update; reader: get, list. Nobody may delete: a passcode is destroyed by
#              overwriting it, documents go by their expiry time. Firestore's roles cannot be cut by collection.
#   amapi      AMAPI has one right, and it holds everything: each such function could wipe any phone of any enterprise
#              of the project. So nothing that parses the internet has it.
#   key        encrypt or decrypt, nobody both.
#   publishes  topics.
#   sendgrid   may read the API key.
#   invoker    who may call it: iap (the load balancer's IAP), or an account of its own for a push or a timer.
locals {
  rights = {
    reset_passcode      = { store = "writer", amapi = false, key = "encrypt", publishes = ["requests"], sendgrid = false, invoker = "iap" }
    issue_command       = { store = "writer", amapi = true, key = "decrypt", publishes = ["events"], sendgrid = false, invoker = "push" }
    poll_status         = { store = "writer", amapi = true, key = null, publishes = ["requests", "events"], sendgrid = false, invoker = "timer" }
    handle_notification = { store = "writer", amapi = true, key = null, publishes = ["events"], sendgrid = false, invoker = "push" }
    notify              = { store = "writer", amapi = false, key = "decrypt", publishes = [], sendgrid = true, invoker = "push" }
    sync_devices        = { store = "writer", amapi = true, key = null, publishes = [], sendgrid = false, invoker = "timer" }
    reveal_passcode     = { store = "writer", amapi = false, key = "decrypt", publishes = [], sendgrid = false, invoker = "iap" }
    console             = { store = "reader", amapi = false, key = null, publishes = [], sendgrid = false, invoker = "iap" }
  }
}
