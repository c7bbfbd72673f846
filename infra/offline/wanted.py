"""Which provider packages are read, and which resource and data-source types are kept of each.

To add a type: write its name into the list of its provider, then run `python -m infra.offline.extract`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """One provider and the PyPI package whose generated bindings describe it.

    Attributes:
        provider: local name, also the name of the schema file.
        source: the provider's address as `required_providers` resolves it.
        package: name on PyPI.
        version: the pinned version of that package; it fixes the provider's version.
        resources: managed resource types that are kept.
        data_sources: data-source types that are kept.
    """

    provider: str
    source: str
    package: str
    version: str
    resources: tuple[str, ...]
    data_sources: tuple[str, ...] = ()


GOOGLE_DATA = (
    "google_client_config",
    "google_client_openid_userinfo",
    "google_project",
    "google_service_account",
    "google_storage_project_service_account",
    "google_iam_policy",
    "google_kms_crypto_key",
    "google_kms_crypto_key_versions",
    "google_pubsub_topic",
    "google_billing_account",
    "google_cloudfunctions2_function",
    "google_cloud_run_v2_service",
)

GOOGLE = Package(
    provider="google",
    source="registry.terraform.io/hashicorp/google",
    package="cdktn-provider-google",
    version="21.1.0",
    resources=(
        "google_artifact_registry_repository",
        "google_artifact_registry_repository_iam_member",
        "google_billing_budget",
        "google_certificate_manager_certificate",
        "google_certificate_manager_certificate_map",
        "google_certificate_manager_certificate_map_entry",
        "google_certificate_manager_dns_authorization",
        "google_cloud_run_service_iam_member",
        "google_cloud_run_v2_service",
        "google_cloud_run_v2_service_iam_member",
        "google_cloud_scheduler_job",
        "google_cloudfunctions2_function",
        "google_cloudfunctions2_function_iam_member",
        "google_compute_backend_service",
        "google_compute_firewall",
        "google_compute_global_address",
        "google_compute_global_forwarding_rule",
        "google_compute_managed_ssl_certificate",
        "google_compute_network",
        "google_compute_region_network_endpoint_group",
        "google_compute_router",
        "google_compute_router_nat",
        "google_compute_security_policy",
        "google_compute_ssl_policy",
        "google_compute_subnetwork",
        "google_compute_target_http_proxy",
        "google_compute_target_https_proxy",
        "google_compute_url_map",
        "google_dns_managed_zone",
        "google_dns_record_set",
        "google_firestore_backup_schedule",
        "google_firestore_database",
        "google_firestore_field",
        "google_firestore_index",
        "google_iam_workload_identity_pool",
        "google_iam_workload_identity_pool_provider",
        "google_iap_settings",
        "google_iap_web_backend_service_iam_member",
        "google_iap_web_iam_member",
        "google_kms_crypto_key",
        "google_kms_crypto_key_iam_member",
        "google_kms_key_ring",
        "google_logging_log_view",
        "google_logging_metric",
        "google_logging_project_bucket_config",
        "google_logging_project_exclusion",
        "google_logging_project_sink",
        "google_monitoring_alert_policy",
        "google_monitoring_custom_service",
        "google_monitoring_dashboard",
        "google_monitoring_notification_channel",
        "google_monitoring_service",
        "google_monitoring_slo",
        "google_monitoring_uptime_check_config",
        "google_org_policy_policy",
        "google_project_iam_audit_config",
        "google_project_iam_custom_role",
        "google_project_iam_member",
        "google_project_service",
        "google_pubsub_subscription",
        "google_pubsub_subscription_iam_member",
        "google_pubsub_topic",
        "google_pubsub_topic_iam_member",
        "google_secret_manager_secret",
        "google_secret_manager_secret_iam_member",
        "google_secret_manager_secret_version",
        "google_service_account",
        "google_service_account_iam_member",
        "google_storage_bucket",
        "google_storage_bucket_iam_member",
        "google_storage_bucket_object",
    ),
    data_sources=GOOGLE_DATA,
)

GOOGLE_BETA = Package(
    provider="google-beta",
    source="registry.terraform.io/hashicorp/google-beta",
    package="cdktn-provider-google-beta",
    version="21.1.0",
    resources=(
        "google_project_service_identity",
        "google_iap_settings",
        "google_iap_web_backend_service_iam_member",
    ),
    data_sources=("google_client_config", "google_project"),
)

TIME = Package(
    provider="time",
    source="registry.terraform.io/hashicorp/time",
    package="cdktn-provider-time",
    version="14.0.2",
    resources=("time_sleep",),
)

AWS = Package(
    provider="aws",
    source="registry.terraform.io/hashicorp/aws",
    package="cdktn-provider-aws",
    version="25.8.1",
    resources=(
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_sesv2_configuration_set",
        "aws_sesv2_configuration_set_event_destination",
        "aws_sesv2_email_identity",
        "aws_sesv2_email_identity_mail_from_attributes",
    ),
    data_sources=("aws_caller_identity", "aws_iam_policy_document", "aws_partition", "aws_region"),
)

PACKAGES = (GOOGLE, GOOGLE_BETA, TIME, AWS)
