"""AWS: boto3 and botocore, and their awaited forms aioboto3 and aiobotocore.

A client's methods are made from the service's description: each is one request, but for the few that sign, page or
wait. A resource's sub-objects (`s3.Object(bucket, key)`) cost nothing to name; their actions are one request each.
Not told here: an attribute such as `object.content_length` is a HEAD request on first touch, unless a listing gave it.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/resources.html
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/paginators.html
https://aiobotocore.readthedocs.io/en/latest/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Handle, Query, Value, changed

CLIENT = "botocore.client.BaseClient"
RESOURCE = "boto3.resources.base.ServiceResource"
COLLECTION = "boto3.resources.collection.ResourceCollection"
MANAGER = "boto3.resources.collection.CollectionManager"
META = "boto3.resources.base.ResourceMeta"
PAGINATOR = "botocore.paginate.Paginator"
PAGES = "botocore.paginate.PageIterator"
WRITER = "boto3.dynamodb.table.BatchWriter"
SESSION = "boto3.session.Session"
LOW_SESSION = "botocore.session.Session"
ASYNC_CLIENT = "aiobotocore.client.AioBaseClient"
ASYNC_RESOURCE = "aioboto3.resources.base.AIOBoto3ServiceResource"
ASYNC_COLLECTION = "aioboto3.resources.collection.AIOResourceCollection"
ASYNC_MANAGER = "aioboto3.resources.collection.AIOCollectionManager"
ASYNC_META = "aioboto3.resources.base.ResourceMeta"
ASYNC_PAGINATOR = "aiobotocore.paginate.AioPaginator"
ASYNC_PAGES = "aiobotocore.paginate.AioPageIterator"
ASYNC_WRITER = "aioboto3.dynamodb.table.BatchWriter"
ASYNC_SESSION = "aioboto3.Session"
ASYNC_LOW_SESSION = "aiobotocore.session.AioSession"

REQUEST = RoundTrip("request", "rpc")

BATCHES = {
    "delete_object": "`delete_objects`, up to 1000 keys a request",  # S3
    "head_object": "the size, date and ETag that the listing gives",
    "get_item": "`batch_get_item`, up to 100 different keys a request",  # DynamoDB
    "put_item": "`batch_writer`, up to 25 items a request",
    "delete_item": "`batch_writer`, up to 25 items a request",
    "send_message": "`send_message_batch`, up to 10 messages a request",  # SQS
    "delete_message": "`delete_message_batch`, up to 10 messages a request",
    "publish": "`publish_batch`, up to 10 messages a request",  # SNS
    "put_record": "`put_records`, up to 500 records a request",  # Kinesis
    "get_parameter": "`get_parameters`, up to 10 names a request",  # SSM
    "get_secret_value": "`batch_get_secret_value`, up to 20 secrets a request",
}
OBJECTS = (
    "AccessKey Account AccountPasswordPolicy AccountSummary Acl Alarm Archive AssumeRolePolicy Bucket Cors "
    "CurrentUser DhcpOptions Event Group Image Instance InstanceProfile InternetGateway Job KeyPair Lifecycle "
    "LifecycleConfiguration Logging LoginProfile Message Metric MfaDevice MultipartUpload NetworkAcl "
    "NetworkInterface Notification Object ObjectSummary ObjectVersion Part PlacementGroup PlatformApplication "
    "PlatformEndpoint Policy Queue RequestPayment Resource Role RouteTable RouteTableAssociation SamlProvider "
    "SecurityGroup ServerCertificate SigningCertificate Snapshot Stack Subnet Subscription Table Tagging Topic User "
    "Vault Version Versioning VirtualMfaDevice Volume Vpc VpcPeeringConnection Website"
)
COLLECTIONS = (
    "access_keys alarms attached_groups attached_policies attached_roles attached_users buckets classic_addresses "
    "completed_jobs dead_letter_source_queues dhcp_options_sets endpoints events failed_jobs groups images "
    "instance_profiles instances internet_gateways jobs jobs_in_progress key_pairs metrics mfa_devices "
    "multipart_uploads network_acls network_interfaces object_versions objects parts placement_groups "
    "platform_applications policies queues resource_summaries roles route_tables saml_providers security_groups "
    "server_certificates signing_certificates snapshots stacks subnets subscriptions succeeded_jobs tables topics "
    "users vaults versions virtual_mfa_devices volumes vpc_addresses vpc_peering_connections vpcs"
)
COMMON = (
    "get_object put_object copy_object list_objects list_objects_v2 upload_file upload_fileobj download_file "
    "download_fileobj update_item receive_message invoke assume_role"
)
LIKELY = ("s3", "sqs", "sns", "ssm", "s3_client", "sqs_client", "sns_client", "dynamodb_client", "lambda_client")


def _batched(awaited: bool) -> tuple[Method, ...]:
    return tuple(Method(name, REQUEST, batch=batch, awaited=awaited) for name, batch in BATCHES.items())


# --- clients


def _client(name: str, awaited: bool, paginator: str, aka: tuple[str, ...]) -> Type:
    rows = (
        *_batched(awaited),  # s3.delete_object(Bucket="books", Key=key)
        *methods(COMMON, REQUEST, awaited=awaited),
        Method("*", REQUEST, awaited=awaited),  # s3.list_buckets()
        # signed here, not asked for: s3.generate_presigned_url("get_object", …)
        *methods("generate_presigned_url generate_presigned_post can_paginate", awaited=awaited),
        Method("get_paginator", returns=f"handle:{paginator}"),
        Method("get_waiter"),  # s3.get_waiter("object_exists").wait(…) polls
        Method("close", returns="nothing", awaited=awaited),
    )
    attributes = {"exceptions": "unknown", "meta": "unknown", "waiter_names": "unknown"}
    return Type(name, rows, aka, attributes=attributes, asynchronous=awaited, tasks=awaited, likely_names=LIKELY)


def _paginator(name: str, pages: str, awaited: bool) -> Type:
    def paged(call: Invocation) -> Value:
        """`paginator.paginate(Bucket="books")`: a request per page, when it is iterated"""
        return Query(pages, UNKNOWN, asynchronous=awaited)

    return Type(name, (Method("paginate", returns=paged),))


def _pages(name: str, awaited: bool) -> Type:
    rows = (
        Method("search", returns="same"),  # pages.search("Contents[].Key")
        Method("build_full_result", REQUEST, awaited=awaited),
    )
    return Type(name, rows, iterates=REQUEST, asynchronous=awaited, tasks=awaited)


CLIENT_TYPE = _client(CLIENT, False, PAGINATOR, ("mypy_boto3_*.*Client", "types_boto3_*.*Client"))
ASYNC_CLIENT_TYPE = _client(
    ASYNC_CLIENT, True, ASYNC_PAGINATOR, ("types_aiobotocore_*.*Client", "aiobotocore.session.AioBaseClient")
)
PAGINATOR_TYPE = _paginator(PAGINATOR, PAGES, False)
ASYNC_PAGINATOR_TYPE = _paginator(ASYNC_PAGINATOR, ASYNC_PAGES, True)
PAGES_TYPE = _pages(PAGES, False)
ASYNC_PAGES_TYPE = _pages(ASYNC_PAGES, True)


# --- resources


def _resource(
    name: str, awaited: bool, collection: str, manager: str, writer: str, meta: str, aka: tuple[str, ...]
) -> Type:
    def received(call: Invocation) -> Value:
        """`queue.receive_messages()`: objects that have come"""
        return Query(collection, Handle(name), evaluated=True, limited=True)

    rows = (
        *methods(OBJECTS, returns=f"handle:{name}"),  # s3.Object("books", key), dynamodb.Table("books")
        *_batched(awaited),
        Method("*", REQUEST, awaited=awaited),  # s3.Object("books", key).put(Body=text)
        Method(
            "delete", REQUEST, batch="`delete_objects`, or `delete` of the whole collection", awaited=awaited
        ),  # s3.Object("books", key).delete()
        Method("receive_messages", REQUEST, received, awaited=awaited),
        Method("batch_writer", returns=f"handle:{writer}"),  # with table.batch_writer() as batch
        *methods("get_available_subresources generate_presigned_post", awaited=awaited),
        *methods(  # they poll
            "wait_until_exists wait_until_not_exists wait_until_running wait_until_stopped wait_until_terminated",
            returns="nothing",
            awaited=awaited,
        ),
    )
    attributes = {"meta": f"handle:{meta}", **dict.fromkeys(COLLECTIONS.split(), f"handle:{manager}")}
    return Type(name, rows, aka, attributes=attributes, asynchronous=awaited, tasks=awaited)


def _manager(name: str, collection: str, resource: str, awaited: bool) -> Type:
    """`bucket.objects`, `ec2.instances`"""

    def listed(call: Invocation) -> Value:
        """`bucket.objects.filter(Prefix="new/")`: a request per page, when it is iterated"""
        return Query(collection, Handle(resource), asynchronous=awaited)

    rows = (
        *methods("all filter limit page_size iterator", returns=listed),
        Method("pages"),
        Method("*", REQUEST, awaited=awaited),  # bucket.objects.delete()
    )
    return Type(name, rows, asynchronous=awaited, tasks=awaited)


def _narrowed(call: Invocation) -> Value:
    """`collection.limit(10)`"""
    return changed(call.receiver, limited=True) if isinstance(call.receiver, Query) else call.receiver


def _collection(name: str, awaited: bool) -> Type:
    rows = (
        *methods("all filter page_size", returns="same"),
        Method("limit", returns=_narrowed),
        Method("pages"),
        Method("*", REQUEST, awaited=awaited),  # bucket.objects.filter(Prefix="old/").delete()
    )
    return Type(name, rows, iterates=REQUEST, asynchronous=awaited, tasks=awaited)


def _writer(name: str, awaited: bool) -> Type:
    """It sends 25 items at a time."""
    return Type(name, methods("put_item delete_item", returns="nothing", awaited=awaited), asynchronous=awaited)


RESOURCE_TYPE = _resource(
    RESOURCE, False, COLLECTION, MANAGER, WRITER, META,
    ("mypy_boto3_*.*ServiceResource", "mypy_boto3_*.service_resource.*", "types_boto3_*.*ServiceResource"),
)  # fmt: skip
ASYNC_RESOURCE_TYPE = _resource(
    ASYNC_RESOURCE, True, ASYNC_COLLECTION, ASYNC_MANAGER, ASYNC_WRITER, ASYNC_META,
    ("types_aiobotocore_*.*ServiceResource", "types_aiobotocore_*.service_resource.*"),
)  # fmt: skip
RESOURCES = (
    RESOURCE_TYPE,
    ASYNC_RESOURCE_TYPE,
    _manager(MANAGER, COLLECTION, RESOURCE, False),
    _manager(ASYNC_MANAGER, ASYNC_COLLECTION, ASYNC_RESOURCE, True),
    _collection(COLLECTION, False),
    _collection(ASYNC_COLLECTION, True),
    _writer(WRITER, False),
    _writer(ASYNC_WRITER, True),
    Type(META, attributes={"client": f"handle:{CLIENT}"}),  # s3.meta.client
    Type(ASYNC_META, attributes={"client": f"handle:{ASYNC_CLIENT}"}),
)


# --- sessions


def _session(name: str, client: str, resource: str, aka: tuple[str, ...] = ()) -> Type:
    rows = (
        Method("client", returns=f"handle:{client}"),  # boto3.Session().client("s3")
        Method("resource", returns=f"handle:{resource}"),
    )
    return Type(name, rows, aka)


SESSIONS = (
    _session(SESSION, CLIENT, RESOURCE, ("boto3.Session",)),
    _session(ASYNC_SESSION, ASYNC_CLIENT, ASYNC_RESOURCE, ("aioboto3.session.Session",)),
    Type(LOW_SESSION, methods("create_client", returns=f"handle:{CLIENT}")),
    # async with get_session().create_client("s3") as client
    Type(ASYNC_LOW_SESSION, methods("create_client", returns=f"handle:{ASYNC_CLIENT}")),
)

FUNCTIONS = (
    Method("boto3.client", returns=f"handle:{CLIENT}"),  # boto3.client("s3")
    Method("boto3.resource", returns=f"handle:{RESOURCE}"),  # boto3.resource("dynamodb")
    Method("botocore.session.get_session", returns=f"handle:{LOW_SESSION}"),
    Method("aiobotocore.session.get_session", returns=f"handle:{ASYNC_LOW_SESSION}"),
    Method("aioboto3.client", returns=f"handle:{ASYNC_CLIENT}"),
    Method("aioboto3.resource", returns=f"handle:{ASYNC_RESOURCE}"),
)

LIBRARY = Library(
    "boto3",
    ("boto3", "botocore", "aioboto3", "aiobotocore"),
    (
        CLIENT_TYPE,
        ASYNC_CLIENT_TYPE,
        PAGINATOR_TYPE,
        ASYNC_PAGINATOR_TYPE,
        PAGES_TYPE,
        ASYNC_PAGES_TYPE,
        *RESOURCES,
        *SESSIONS,
    ),
    FUNCTIONS,
)
