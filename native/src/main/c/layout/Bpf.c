// SPDX-License-Identifier: Apache-2.0

#include <linux/bpf.h>

#include "layout.h"

// The part of the union that Java hands over.
struct load_attr { char bytes[offsetof(union bpf_attr, prog_flags) + 4]; };
struct run_attr { char bytes[offsetof(union bpf_attr, test.batch_size) + 8]; };

CONST(Bpf, BPF_PROG_LOAD)
CONST(Bpf, BPF_PROG_TEST_RUN)
CONST(Bpf, BPF_PROG_TYPE_SYSCALL)
CONST(Bpf, BPF_F_SLEEPABLE)
CONST(Bpf, BPF_FUNC_get_current_task)
CONST(Bpf, BPF_FUNC_probe_read_kernel)
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
