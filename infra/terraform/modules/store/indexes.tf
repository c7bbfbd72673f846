# Made of the code's own table of queries (`python -m infra.facts`). The emulator answers without any index; here a
# missing one is FAILED_PRECONDITION at the first query.
resource "google_firestore_index" "this" {
  for_each = {
    for index in var.facts.indexes :
    join(" ", concat([index.collection], [for part in index.fields : "${part.field}:${coalesce(part.order, part.array_config)}"])) => index
  }

  project     = var.project_id
  database    = google_firestore_database.this.name
  collection  = each.value.collection
  query_scope = "COLLECTION"

  dynamic "fields" {
    for_each = each.value.fields

    content {
      field_path   = fields.value.field
      order        = fields.value.order
      array_config = fields.value.array_config
    }
  }
}

# What replaces the automatic indexes of a field, or of all others of a collection (*): an empty index_config is none.
# Also the one index over the actions of all enterprises, wake_at: an index of a single field is made here and nowhere
# else, google_firestore_index refuses it.
resource "google_firestore_field" "this" {
  for_each = { for setting in var.facts.fields : "${setting.collection} ${setting.field}" => setting }

  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes

      content {
        query_scope = indexes.value.scope
        order       = indexes.value.order
      }
    }
  }

  dynamic "ttl_config" {
    for_each = each.value.ttl ? [1] : []

    content {}
  }
}
