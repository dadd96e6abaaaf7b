#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A call of the Container Runtime Interface, as the kubelet makes it: cri.py SOCKET METHOD [REQUEST]

The request is JSON, and so is what is printed. Only what the tests need is known of the messages.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

PACKAGE = 'runtime.v1'
ID = {'container_id': (1, 'string')}
POD = {'pod_sandbox_id': (1, 'string')}

# Of each message: the numbers and types of fields; a * stands before what is repeated.
MESSAGES = {
    'VersionRequest': {'version': (1, 'string')},
    'VersionResponse': {'runtime_name': (2, 'string'), 'runtime_version': (3, 'string')},
    'RunPodSandboxRequest': {'config': (1, 'PodSandboxConfig'), 'runtime_handler': (2, 'string')},
    'RunPodSandboxResponse': POD,
    'StopPodSandboxRequest': POD,
    'StopPodSandboxResponse': {},
    'RemovePodSandboxRequest': POD,
    'RemovePodSandboxResponse': {},
    'CreateContainerRequest': {
        'pod_sandbox_id': (1, 'string'),
        'config': (2, 'ContainerConfig'),
        'sandbox_config': (3, 'PodSandboxConfig'),
    },
    'CreateContainerResponse': ID,
    'StartContainerRequest': ID,
    'StartContainerResponse': {},
    'StopContainerRequest': {**ID, 'timeout': (2, 'int64')},
    'StopContainerResponse': {},
    'RemoveContainerRequest': ID,
    'RemoveContainerResponse': {},
    'ExecSyncRequest': {**ID, 'cmd': (2, '*string'), 'timeout': (3, 'int64')},
    'ExecSyncResponse': {'stdout': (1, 'string'), 'stderr': (2, 'string'), 'exit_code': (3, 'int32')},
    'CheckpointContainerRequest': {**ID, 'location': (2, 'string'), 'timeout': (3, 'int64')},
    'CheckpointContainerResponse': {},
    'PullImageRequest': {'image': (1, 'ImageSpec')},
    'PullImageResponse': {'image_ref': (1, 'string')},
    'PodSandboxConfig': {
        'metadata': (1, 'PodSandboxMetadata'),
        'hostname': (2, 'string'),
        'log_directory': (3, 'string'),
        'linux': (8, 'LinuxPodSandboxConfig'),
    },
    'PodSandboxMetadata': {
        'name': (1, 'string'),
        'uid': (2, 'string'),
        'namespace': (3, 'string'),
        'attempt': (4, 'uint32'),
    },
    'LinuxPodSandboxConfig': {
        'cgroup_parent': (1, 'string'),
        'security_context': (2, 'LinuxSandboxSecurityContext'),
    },
    'LinuxSandboxSecurityContext': {'namespace_options': (1, 'NamespaceOption')},
    # 0: the pod's, 1: the container's, 2: the node's.
    'NamespaceOption': {'network': (1, 'int32'), 'pid': (2, 'int32'), 'ipc': (3, 'int32')},
    'ContainerConfig': {
        'metadata': (1, 'ContainerMetadata'),
        'image': (2, 'ImageSpec'),
        'command': (3, '*string'),
        'args': (4, '*string'),
        'mounts': (7, '*Mount'),
        'log_path': (11, 'string'),
        'linux': (15, 'LinuxContainerConfig'),
    },
    'ContainerMetadata': {'name': (1, 'string'), 'attempt': (2, 'uint32')},
    'ImageSpec': {'image': (1, 'string')},
    'Mount': {
        'container_path': (1, 'string'),
        'host_path': (2, 'string'),
        'readonly': (3, 'bool'),
    },
    'LinuxContainerConfig': {
        'resources': (1, 'LinuxContainerResources'),
        'security_context': (2, 'LinuxContainerSecurityContext'),
    },
    'LinuxContainerResources': {'memory_limit_in_bytes': (4, 'int64')},
    'LinuxContainerSecurityContext': {
        'namespace_options': (3, 'NamespaceOption'),
        'run_as_user': (5, 'Int64Value'),
        'readonly_rootfs': (7, 'bool'),
        'no_new_privs': (11, 'bool'),
        'seccomp': (15, 'SecurityProfile'),
    },
    'Int64Value': {'value': (1, 'int64')},
    # 0: the runtime's default, 1: none.
    'SecurityProfile': {'profile_type': (1, 'int32')},
}


def message_classes():
    file = descriptor_pb2.FileDescriptorProto(name='cri.proto', package=PACKAGE, syntax='proto3')
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            entry = message.field.add(name=field, number=number)
            entry.label = kinds.LABEL_REPEATED if kind[0] == '*' else kinds.LABEL_OPTIONAL
            kind = kind.lstrip('*')
            if kind in MESSAGES:
                entry.type, entry.type_name = kinds.TYPE_MESSAGE, f'.{PACKAGE}.{kind}'
            else:
                entry.type = getattr(kinds, 'TYPE_' + kind.upper())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName(f'{PACKAGE}.{name}'))


def call(socket, method, request):
    classes = message_classes()
    service = 'ImageService' if method.endswith('Image') else 'RuntimeService'
    message = json_format.ParseDict(request, classes(method + 'Request')())
    with grpc.insecure_channel('unix://' + socket) as channel:
        stub = channel.unary_unary(
            f'/{PACKAGE}.{service}/{method}',
            request_serializer=lambda each: each.SerializeToString(),
            response_deserializer=classes(method + 'Response').FromString)
        return json_format.MessageToDict(stub(message, timeout=60), preserving_proto_field_name=True)


if __name__ == '__main__':
    try:
        text = sys.argv[3] if len(sys.argv) > 3 else '{}'
        print(json.dumps(call(sys.argv[1], sys.argv[2], json.loads(text))))
    except grpc.RpcError as error:
        sys.exit(f'{error.code().name}: {error.details()}')
