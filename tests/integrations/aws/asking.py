"""What the tests of AWS ask, one method for each protocol."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.aws import Aws
from integrations.errors import IntegrationError

PRIMARY, REPLICA = "chatops-prod", "chatops-replica"
NOW = datetime.now(UTC)
#: One method for each service, hence for each protocol.
CALLS = {
    "DescribeDBInstances": lambda client: client.database(PRIMARY),
    "GetMetricData": lambda client: client.database_metrics(PRIMARY, since=NOW - timedelta(hours=1), until=NOW),
    "GetCallerIdentity": lambda client: client.identity(),
}


def error_of(client: Aws, action: str) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        CALLS[action](client)
    return caught.value
