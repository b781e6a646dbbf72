"""How long a policy document may be, in characters, by what carries it."""

INLINE = 10_240
"""All inline policies of one role (IAM User Guide, "IAM and AWS STS quotas")."""

QUOTAS = {
    "trust": 2048,  # IAM User Guide, "IAM and AWS STS quotas"
    "aws:iam/policy:Policy": 6144,  # same
    "aws:iam/rolePolicy:RolePolicy": INLINE,
    "aws:s3/bucketPolicy:BucketPolicy": 20_480,  # Amazon S3 User Guide, "Bucket policies"
    "aws:kms/key:Key": 32_768,  # KMS Developer Guide, "Resource quotas"
    "aws:secretsmanager/secret:Secret": 20_480,  # Secrets Manager User Guide, "Quotas"
    "aws:secretsmanager/secretPolicy:SecretPolicy": 20_480,
    "aws:ec2/vpcEndpoint:VpcEndpoint": 20_480,  # PrivateLink Guide, "Control access using endpoint policies"
    "aws:sns/topicPolicy:TopicPolicy": 30_720,  # Amazon SNS quotas
    "aws:backup/vaultPolicy:VaultPolicy": 20_480,
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": 5120,  # PutResourcePolicy, PolicyDocument
    "aws:opensearch/domain:Domain": 102_400,  # OpenSearch Service API, PolicyDocument
    "aws:ecr/repositoryPolicy:RepositoryPolicy": 10_240,  # Amazon ECR API, RepositoryPolicyText
    "aws:codeartifact/domainPermissions:DomainPermissions": 7168,  # CodeArtifact API, PolicyDocument
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": 7168,
}
