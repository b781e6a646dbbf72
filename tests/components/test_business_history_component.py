"""The records of use: how they are kept."""

from components.business_history import BusinessHistory, BusinessHistoryArgs
from components.key import Key, KeyArgs
from tests.components.component_graphs import site
from tests.recorder import Graph, record


def _graph() -> Graph:
    def build() -> None:
        key = Key("files", KeyArgs(site=site(), purpose="files", via=("s3",)))
        BusinessHistory("history", BusinessHistoryArgs(site=site(), key=key, log_bucket="logs", days=400))

    return record(build)


def test_records_are_encrypted_logged_and_kept_for_as_long_as_was_chosen() -> None:
    graph = _graph()
    (encryption,) = graph.named("history-records-encryption").inputs["rules"]
    (lifecycle,) = graph.named("history-records-lifecycle").inputs["rules"]
    assert encryption["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == "files-key-arn"
    assert lifecycle["expiration"] == {"days": 400}
    assert graph.named("history-records-logging").inputs["targetBucket"] == "logs"
