"""The three servers of a test control plane: where their files are and how they are started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.certificates import Authority, KeyPair, write_private_key
from tests.support.kubeconfig import certificate_user, write_kubeconfig
from tests.support.process import ManagedProcess, address, free_port
from tests.support.tools import Tools

ISSUER = "https://kubernetes.default.svc"
AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Files and addresses of one control plane; the same for every start of its servers."""

    directory: Path
    host: str
    port: int
    etcd_url: str
    authority: Authority
    serving: KeyPair
    admin: KeyPair
    service_account_key: Path
    kubeconfig: Path
    """The admin's."""
    has_kubelets: bool

    @classmethod
    def below(cls, directory: Path, host: str, port: int | None = None) -> Self:
        """Write certificates, keys and the admin's kubeconfig.

        Pods with a kubelet look for the API server at a known `port`; else one is chosen.
        """
        has_kubelets = port is not None
        certificates = directory / "certificates"
        authority = Authority(certificates)
        admin = authority.issue("admin", organization="system:masters")
        service_account_key = certificates / "service-account.key"
        write_private_key(service_account_key, ec.generate_private_key(ec.SECP256R1()))
        port = port or free_port(host)
        return cls(
            directory=directory,
            host=host,
            port=port,
            etcd_url=f"http://{address(host, free_port(host))}",
            authority=authority,
            serving=authority.issue("kube-apiserver", hosts=[host, "localhost"]),
            admin=admin,
            service_account_key=service_account_key,
            kubeconfig=write_kubeconfig(
                directory / "admin.kubeconfig",
                f"https://{address(host, port)}",
                authority.ca_file,
                certificate_user(admin),
            ),
            has_kubelets=has_kubelets,
        )

    @property
    def ca_file(self) -> Path:
        return self.authority.ca_file

    @property
    def server(self) -> str:
        return f"https://{address(self.host, self.port)}"

    @property
    def audit_log(self) -> Path:
        return self.directory / "audit.log"

    def log(self, program: Path) -> Path:
        return self.directory / f"{program.name}.log"


def start_etcd(tools: Tools, layout: Layout) -> ManagedProcess:
    """Start the store; it forgets nothing but in a crash of the machine."""
    peer_url = f"http://{address(layout.host, free_port(layout.host))}"
    flags = [
        "--name=test",
        f"--data-dir={layout.directory / 'etcd'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={layout.etcd_url}",
        f"--advertise-client-urls={layout.etcd_url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=test={peer_url}",
    ]
    return ManagedProcess("etcd", [tools.etcd, *flags], layout.log(tools.etcd))


def start_api_server(tools: Tools, layout: Layout) -> ManagedProcess:
    """Start the API server with RBAC, ServiceAccount tokens and an audit log.

    What it needs to serve kubelets does no harm where there is none.
    """
    policy = layout.directory / "audit-policy.yaml"
    policy.write_text(AUDIT_POLICY)
    flags = [
        f"--etcd-servers={layout.etcd_url}",
        f"--bind-address={layout.host}",
        f"--advertise-address={layout.host}",
        f"--secure-port={layout.port}",
        "--endpoint-reconciler-type=none",
        f"--service-cluster-ip-range={_service_range(layout.host)}",
        f"--cert-dir={layout.ca_file.parent}",
        f"--tls-cert-file={layout.serving.certificate}",
        f"--tls-private-key-file={layout.serving.key}",
        f"--client-ca-file={layout.ca_file}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--kubelet-certificate-authority={layout.ca_file}",
        f"--kubelet-client-certificate={layout.admin.certificate}",
        f"--kubelet-client-key={layout.admin.key}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={layout.service_account_key}",
        f"--service-account-signing-key-file={layout.service_account_key}",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={layout.audit_log}",
        "--allow-privileged=true",
    ]
    return ManagedProcess(
        "kube-apiserver", [tools.kube_apiserver, *flags], layout.log(tools.kube_apiserver)
    )


def start_controller_manager(tools: Tools, layout: Layout) -> ManagedProcess:
    """Start the controllers, but for those that would miss the kubelets where there are none."""
    nodes = "node-lifecycle-controller" if layout.has_kubelets else "-node-lifecycle-controller"
    flags = [
        f"--kubeconfig={layout.kubeconfig}",
        f"--service-account-private-key-file={layout.service_account_key}",
        f"--root-ca-file={layout.ca_file}",
        f"--controllers=*,{nodes},-node-ipam-controller",
        "--leader-elect=false",
        "--secure-port=0",
    ]
    return ManagedProcess(
        "kube-controller-manager",
        [tools.kube_controller_manager, *flags],
        layout.log(tools.kube_controller_manager),
    )


def _service_range(host: str) -> str:
    """MicroShift's own on IPv4; the family has to be that of the advertised address."""
    return "fd00:10:43::/112" if ":" in host else "10.43.0.0/16"
