// SPDX-License-Identifier: Apache-2.0

#include <stddef.h>
#include <sys/user.h>
typedef struct user_regs_struct user_regs;

#include "layout.h"

VALUE(UserRegs, SIZEOF, sizeof(user_regs))
VALUE(UserRegs, u_debugreg, offsetof(struct user, u_debugreg))
VALUE(UserRegs, r15, offsetof(user_regs,r15))
VALUE(UserRegs, r14, offsetof(user_regs,r14))
VALUE(UserRegs, r13, offsetof(user_regs,r13))
VALUE(UserRegs, r12, offsetof(user_regs,r12))
VALUE(UserRegs, rbp, offsetof(user_regs,rbp))
VALUE(UserRegs, rbx, offsetof(user_regs,rbx))
VALUE(UserRegs, r11, offsetof(user_regs,r11))
VALUE(UserRegs, r10, offsetof(user_regs,r10))
VALUE(UserRegs, r9, offsetof(user_regs,r9))
VALUE(UserRegs, r8, offsetof(user_regs,r8))
VALUE(UserRegs, rax, offsetof(user_regs,rax))
VALUE(UserRegs, rcx, offsetof(user_regs,rcx))
VALUE(UserRegs, rdx, offsetof(user_regs,rdx))
VALUE(UserRegs, rsi, offsetof(user_regs,rsi))
VALUE(UserRegs, rdi, offsetof(user_regs,rdi))
VALUE(UserRegs, orig_rax, offsetof(user_regs,orig_rax))
VALUE(UserRegs, rip, offsetof(user_regs,rip))
VALUE(UserRegs, cs, offsetof(user_regs,cs))
VALUE(UserRegs, eflags, offsetof(user_regs,eflags))
VALUE(UserRegs, rsp, offsetof(user_regs,rsp))
VALUE(UserRegs, ss, offsetof(user_regs,ss))
VALUE(UserRegs, fs_base, offsetof(user_regs,fs_base))
VALUE(UserRegs, gs_base, offsetof(user_regs,gs_base))
VALUE(UserRegs, ds, offsetof(user_regs,ds))
VALUE(UserRegs, es, offsetof(user_regs,es))
VALUE(UserRegs, fs, offsetof(user_regs,fs))
VALUE(UserRegs, gs, offsetof(user_regs,gs))
