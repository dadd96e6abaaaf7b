// SPDX-License-Identifier: Apache-2.0

#include <linux/bpf.h>

#include "layout.h"

// The part of the union that Java hands over.
struct map_attr { char bytes[offsetof(union bpf_attr, max_entries) + 4]; };
struct load_attr { char bytes[offsetof(union bpf_attr, prog_flags) + 4]; };
struct run_attr { char bytes[offsetof(union bpf_attr, test.batch_size) + 8]; };

CONST(Bpf, BPF_MAP_CREATE)
CONST(Bpf, BPF_MAP_TYPE_PERCPU_ARRAY)
CONST(Bpf, BPF_PSEUDO_MAP_FD)
CONST(Bpf, BPF_PROG_LOAD)
CONST(Bpf, BPF_PROG_TEST_RUN)
CONST(Bpf, BPF_PROG_TYPE_SYSCALL)
CONST(Bpf, BPF_F_SLEEPABLE)
CONST(Bpf, BPF_FUNC_get_current_task)
CONST(Bpf, BPF_FUNC_probe_read_kernel)
CONST(Bpf, BPF_FUNC_map_lookup_percpu_elem)
CONST(Bpf, BPF_LD)
CONST(Bpf, BPF_ST)
CONST(Bpf, BPF_W)
CONST(Bpf, BPF_IMM)
CONST(Bpf, BPF_LDX)
CONST(Bpf, BPF_STX)
CONST(Bpf, BPF_JMP)
CONST(Bpf, BPF_ALU64)
CONST(Bpf, BPF_DW)
CONST(Bpf, BPF_MEM)
CONST(Bpf, BPF_K)
CONST(Bpf, BPF_X)
CONST(Bpf, BPF_ADD)
CONST(Bpf, BPF_MOV)
CONST(Bpf, BPF_CALL)
CONST(Bpf, BPF_EXIT)
VALUE(Bpf, INSN_BYTES, sizeof(struct bpf_insn))
SIZE(Bpf, MapAttr, struct map_attr)
FIELD(Bpf, MapAttr, map_type, union bpf_attr, map_type)
FIELD(Bpf, MapAttr, key_size, union bpf_attr, key_size)
FIELD(Bpf, MapAttr, value_size, union bpf_attr, value_size)
FIELD(Bpf, MapAttr, max_entries, union bpf_attr, max_entries)
SIZE(Bpf, LoadAttr, struct load_attr)
FIELD(Bpf, LoadAttr, prog_type, union bpf_attr, prog_type)
FIELD(Bpf, LoadAttr, insn_cnt, union bpf_attr, insn_cnt)
FIELD(Bpf, LoadAttr, insns, union bpf_attr, insns)
FIELD(Bpf, LoadAttr, license, union bpf_attr, license)
FIELD(Bpf, LoadAttr, prog_flags, union bpf_attr, prog_flags)
SIZE(Bpf, RunAttr, struct run_attr)
FIELD(Bpf, RunAttr, prog_fd, union bpf_attr, test.prog_fd)
FIELD(Bpf, RunAttr, ctx_size_in, union bpf_attr, test.ctx_size_in)
FIELD(Bpf, RunAttr, ctx_in, union bpf_attr, test.ctx_in)
