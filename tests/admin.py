"""What a service says on its admin port."""

from deploy.supervisor.health import ask
from deploy.supervisor.progress import find_metric


async def metric(port: int, name: str, **labels: str) -> float:
    answer = await ask(port, "/metrics")
    assert answer
    found = find_metric(answer[1], name, **labels)
    assert found is not None, answer[1]
    return found
