package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// resources maps Terraform's names to the npm package's "module/Type": what this project's program creates.
var resources = map[string]string{
	"aws_cloudwatch_dashboard":                           "cloudwatch/Dashboard",
	"aws_cloudwatch_log_group":                           "cloudwatch/LogGroup",
	"aws_cloudwatch_metric_alarm":                        "cloudwatch/MetricAlarm",
	"aws_default_security_group":                         "ec2/DefaultSecurityGroup",
	"aws_dlm_lifecycle_policy":                           "dlm/LifecyclePolicy",
	"aws_ebs_volume":                                     "ebs/Volume",
	"aws_ecr_lifecycle_policy":                           "ecr/LifecyclePolicy",
	"aws_ecr_repository":                                 "ecr/Repository",
	"aws_flow_log":                                       "ec2/FlowLog",
	"aws_iam_instance_profile":                           "iam/InstanceProfile",
	"aws_iam_role":                                       "iam/Role",
	"aws_iam_role_policy":                                "iam/RolePolicy",
	"aws_instance":                                       "ec2/Instance",
	"aws_internet_gateway":                               "ec2/InternetGateway",
	"aws_kms_alias":                                      "kms/Alias",
	"aws_kms_key":                                        "kms/Key",
	"aws_route":                                          "ec2/Route",
	"aws_route_table":                                    "ec2/RouteTable",
	"aws_route_table_association":                        "ec2/RouteTableAssociation",
	"aws_s3_bucket":                                      "s3/Bucket",
	"aws_s3_bucket_ownership_controls":                   "s3/BucketOwnershipControls",
	"aws_s3_bucket_policy":                               "s3/BucketPolicy",
	"aws_s3_bucket_public_access_block":                  "s3/BucketPublicAccessBlock",
	"aws_s3_bucket_server_side_encryption_configuration": "s3/BucketServerSideEncryptionConfiguration",
	"aws_s3_object":                                      "s3/BucketObjectv2",
	"aws_security_group":                                 "ec2/SecurityGroup",
	"aws_sns_topic":                                      "sns/Topic",
	"aws_sns_topic_policy":                               "sns/TopicPolicy",
	"aws_sns_topic_subscription":                         "sns/TopicSubscription",
	"aws_ssm_document":                                   "ssm/Document",
	"aws_ssm_parameter":                                  "ssm/Parameter",
	"aws_subnet":                                         "ec2/Subnet",
	"aws_volume_attachment":                              "ec2/VolumeAttachment",
	"aws_vpc":                                            "ec2/Vpc",
	"aws_vpc_endpoint":                                   "ec2/VpcEndpoint",
}

// functions maps Terraform's data sources to the npm package's functions: what this project's program looks up.
var functions = map[string]string{
	"aws_caller_identity":             "index/getCallerIdentity",
	"aws_cloudwatch_log_group":        "cloudwatch/getLogGroup",
	"aws_cloudwatch_log_groups":       "cloudwatch/getLogGroups",
	"aws_ebs_volume":                  "ebs/getVolume",
	"aws_ec2_instance_type_offerings": "ec2/getInstanceTypeOfferings",
	"aws_ecr_authorization_token":     "ecr/getAuthorizationToken",
	"aws_ecr_repositories":            "ecr/getRepositories",
	"aws_ecr_repository":              "ecr/getRepository",
	"aws_kms_alias":                   "kms/getAlias",
	"aws_kms_key":                     "kms/getKey",
	"aws_partition":                   "index/getPartition",
	"aws_ssm_document":                "ssm/getDocument",
	"aws_ssm_parameter":               "ssm/getParameter",
	"aws_subnet":                      "ec2/getSubnet",
	"aws_vpc":                         "ec2/getVpc",
	"aws_vpc_dhcp_options":            "ec2/getVpcDhcpOptions",
	"aws_vpc_endpoint_service":        "ec2/getVpcEndpointService",
}

// document is a policy: the npm package takes an object or text.
var document = &tfbridge.SchemaInfo{Transform: tfbridge.TransformJSONDocument}

// fields has the properties that the npm package names or shapes otherwise than the bridge would.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	"aws_cloudwatch_dashboard":    {"dashboard_body": document},
	"aws_cloudwatch_metric_alarm": {"alarm_name": tfbridge.AutoName("name", 255, "-")},
	"aws_default_security_group":  {"ingress": {Name: "ingress"}, "egress": {Name: "egress"}},
	"aws_ecr_lifecycle_policy":    {"policy": document},
	"aws_iam_role":                {"assume_role_policy": document, "name": tfbridge.AutoName("name", 64, "-")},
	"aws_iam_role_policy":         {"policy": document},
	"aws_kms_key":                 {"policy": document},
	"aws_s3_bucket": {
		"bucket": tfbridge.AutoNameTransform("bucket", 63, strings.ToLower),
		"policy": document,
	},
	"aws_s3_bucket_policy":       {"policy": document},
	"aws_security_group":         {"ingress": {Name: "ingress"}, "egress": {Name: "egress"}},
	"aws_sns_topic":              {"policy": document},
	"aws_sns_topic_policy":       {"policy": document},
	"aws_sns_topic_subscription": {"topic_arn": {Name: "topic"}},
	"aws_vpc_endpoint":           {"policy": document},
}

// functionFields is the same for functions.
var functionFields = map[string]map[string]*tfbridge.SchemaInfo{}
