// SPDX-License-Identifier: Apache-2.0

#include <linux/elf.h>
#include <linux/auxvec.h>
#include <asm/auxvec.h>
#ifndef NT_X86_SHSTK
#define NT_X86_SHSTK 0x204 // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef AT_RSEQ_FEATURE_SIZE
#define AT_RSEQ_FEATURE_SIZE 27 // not in the 6.1 headers: since Linux 6.3
#endif
#ifndef AT_RSEQ_ALIGN
#define AT_RSEQ_ALIGN 28 // not in the 6.1 headers: since Linux 6.3
#endif

#include "layout.h"

CONST(Elf, NT_PRSTATUS)
CONST(Elf, NT_PRFPREG)
CONST(Elf, NT_386_TLS)
CONST(Elf, NT_X86_XSTATE)
CONST(Elf, NT_X86_SHSTK)
CONST(Elf, NT_ARM_TLS)
CONST(Elf, NT_ARM_SYSTEM_CALL)
CONST(Elf, NT_ARM_SVE)
CONST(Elf, NT_ARM_PAC_MASK)
CONST(Elf, AT_NULL)
CONST(Elf, AT_IGNORE)
CONST(Elf, AT_EXECFD)
CONST(Elf, AT_PHDR)
CONST(Elf, AT_PHENT)
CONST(Elf, AT_PHNUM)
CONST(Elf, AT_PAGESZ)
CONST(Elf, AT_BASE)
CONST(Elf, AT_FLAGS)
CONST(Elf, AT_ENTRY)
CONST(Elf, AT_NOTELF)
CONST(Elf, AT_UID)
CONST(Elf, AT_EUID)
CONST(Elf, AT_GID)
CONST(Elf, AT_EGID)
CONST(Elf, AT_PLATFORM)
CONST(Elf, AT_HWCAP)
CONST(Elf, AT_CLKTCK)
CONST(Elf, AT_SECURE)
CONST(Elf, AT_BASE_PLATFORM)
CONST(Elf, AT_RANDOM)
CONST(Elf, AT_HWCAP2)
CONST(Elf, AT_RSEQ_FEATURE_SIZE)
CONST(Elf, AT_RSEQ_ALIGN)
CONST(Elf, AT_EXECFN)
CONST(Elf, AT_SYSINFO_EHDR)
CONST(Elf, AT_MINSIGSTKSZ)
CONST(Elf, ET_EXEC)
CONST(Elf, ET_DYN)
CONST(Elf, EM_386)
CONST(Elf, EM_X86_64)
CONST(Elf, EM_AARCH64)
CONST(Elf, PT_LOAD)
CONST(Elf, PT_DYNAMIC)
CONST(Elf, PT_INTERP)
CONST(Elf, PT_NOTE)
CONST(Elf, ELFCLASS32)
CONST(Elf, ELFCLASS64)
CONST(Elf, DT_HASH)
CONST(Elf, DT_STRTAB)
CONST(Elf, DT_SYMTAB)
CONST(Elf, DT_STRSZ)
CONST(Elf, SHT_DYNSYM)

SIZE(Elf, Ehdr64, Elf64_Ehdr)
FIELD(Elf, Ehdr64, e_ident, Elf64_Ehdr, e_ident)
FIELD(Elf, Ehdr64, e_type, Elf64_Ehdr, e_type)
FIELD(Elf, Ehdr64, e_machine, Elf64_Ehdr, e_machine)
FIELD(Elf, Ehdr64, e_entry, Elf64_Ehdr, e_entry)
FIELD(Elf, Ehdr64, e_phoff, Elf64_Ehdr, e_phoff)
FIELD(Elf, Ehdr64, e_shoff, Elf64_Ehdr, e_shoff)
FIELD(Elf, Ehdr64, e_phentsize, Elf64_Ehdr, e_phentsize)
FIELD(Elf, Ehdr64, e_phnum, Elf64_Ehdr, e_phnum)
FIELD(Elf, Ehdr64, e_shentsize, Elf64_Ehdr, e_shentsize)
FIELD(Elf, Ehdr64, e_shnum, Elf64_Ehdr, e_shnum)
FIELD(Elf, Ehdr64, e_shstrndx, Elf64_Ehdr, e_shstrndx)

SIZE(Elf, Phdr64, Elf64_Phdr)
FIELD(Elf, Phdr64, p_type, Elf64_Phdr, p_type)
FIELD(Elf, Phdr64, p_flags, Elf64_Phdr, p_flags)
FIELD(Elf, Phdr64, p_offset, Elf64_Phdr, p_offset)
FIELD(Elf, Phdr64, p_vaddr, Elf64_Phdr, p_vaddr)
FIELD(Elf, Phdr64, p_paddr, Elf64_Phdr, p_paddr)
FIELD(Elf, Phdr64, p_filesz, Elf64_Phdr, p_filesz)
FIELD(Elf, Phdr64, p_memsz, Elf64_Phdr, p_memsz)
FIELD(Elf, Phdr64, p_align, Elf64_Phdr, p_align)

SIZE(Elf, Sym64, Elf64_Sym)
FIELD(Elf, Sym64, st_name, Elf64_Sym, st_name)
FIELD(Elf, Sym64, st_info, Elf64_Sym, st_info)
FIELD(Elf, Sym64, st_other, Elf64_Sym, st_other)
FIELD(Elf, Sym64, st_shndx, Elf64_Sym, st_shndx)
FIELD(Elf, Sym64, st_value, Elf64_Sym, st_value)
FIELD(Elf, Sym64, st_size, Elf64_Sym, st_size)
