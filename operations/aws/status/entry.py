"""How the way in is: tasks behind the load balancer, and the certificates that users see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.aws.deployed import Deployed
from operations.aws.questions import Questions, every
from operations.aws.status.condition import CertificateCondition, TargetsCondition
from settings.plan import deployments
from settings.regions import WORLDWIDE

_COMING = ("initial", "draining")
_HTTPS = 443
_AT_ONCE = 10


@dataclass(frozen=True, kw_only=True)
class EntryLook:
    """Looks at the load balancer of `deployed` and at what is before it."""

    deployed: Deployed
    questions: Questions

    def targets(self) -> tuple[TargetsCondition, ...]:
        """By service: what the load balancer thinks of its tasks (Elastic Load Balancing API, "TargetHealth")."""
        groups = self.questions.ask("target groups", "ecs:DescribeServices", self._groups) or {}
        return tuple(found for service, group in groups.items() if (found := self._health(service, group)) is not None)

    def certificates(self) -> tuple[CertificateCondition, ...]:
        """The load balancer's, and CloudFront's where it is before it."""
        look = self._listener_certificates
        arns = self.questions.ask("the load balancer", "elasticloadbalancing:DescribeListeners", look) or ()
        found = [self._certificate("the load balancer", arn, self.deployed.settings.region) for arn in arns]
        if (distribution := self.deployed.outputs.get("distribution")) is not None:
            arn = self.questions.ask(
                "CloudFront", "cloudfront:GetDistribution", lambda: self._delivery_certificate(distribution)
            )
            found += [self._certificate("CloudFront", arn, WORLDWIDE)] if arn else []
        return tuple(one for one in found if one is not None)

    def _groups(self) -> Mapping[str, str]:
        """Services with the target group that ECS registers their tasks in."""
        ecs, cluster = self.deployed.client("ecs"), self.deployed.outputs["cluster"]
        names = [one.name for one in deployments(self.deployed.settings) if one.service.health is not None]
        found: Sequence[Mapping[str, Any]] = [
            service
            for at in range(0, len(names), _AT_ONCE)
            for service in ecs.describe_services(cluster=cluster, services=names[at : at + _AT_ONCE])["services"]
        ]
        return {
            one["serviceName"]: balancer["targetGroupArn"] for one in found for balancer in one.get("loadBalancers", ())
        }

    def _health(self, service: str, group: str) -> TargetsCondition | None:
        client = self.deployed.client("elbv2")

        def look() -> Sequence[Mapping[str, Any]]:
            return client.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]

        found = self.questions.ask("targets", "elasticloadbalancing:DescribeTargetHealth", look)
        if found is None:
            return None
        healths = [one["TargetHealth"] for one in found]
        states = Counter(one["State"] for one in healths)
        coming = sum(states[state] for state in _COMING)
        reasons = (one.get("Description") or one.get("Reason") for one in healths if one["State"] == "unhealthy")
        return TargetsCondition(
            service=service,
            healthy=states["healthy"],
            unhealthy=len(healths) - states["healthy"] - coming,
            coming=coming,
            reasons=tuple(dict.fromkeys(reason for reason in reasons if reason)),
        )

    def _listener_certificates(self) -> Sequence[str]:
        client, name = self.deployed.client("elbv2"), self.deployed.outputs["load_balancer"]
        arns = [
            one["LoadBalancerArn"]
            for one in every(client, "describe_load_balancers", "LoadBalancers")
            if one["DNSName"] == name
        ]
        return [
            certificate["CertificateArn"]
            for arn in arns
            for listener in every(client, "describe_listeners", "Listeners", LoadBalancerArn=arn)
            if listener["Port"] == _HTTPS
            for certificate in listener.get("Certificates", ())
        ]

    def _delivery_certificate(self, distribution: str) -> str | None:
        found = self.deployed.client("cloudfront").get_distribution(Id=distribution)
        return found["Distribution"]["DistributionConfig"]["ViewerCertificate"].get("ACMCertificateArn")

    def _certificate(self, place: str, arn: str, region: str) -> CertificateCondition | None:
        client = self.deployed.client("acm", region)

        def look() -> Mapping[str, Any]:
            return client.describe_certificate(CertificateArn=arn)["Certificate"]

        found = self.questions.ask(f"the certificate of {place}", "acm:DescribeCertificate", look)
        if found is None:
            return None
        names = (found["DomainName"], *found.get("SubjectAlternativeNames", ()))
        return CertificateCondition(
            place=place, names=tuple(dict.fromkeys(names)), status=found["Status"], ends=found.get("NotAfter")
        )
