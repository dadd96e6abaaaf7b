// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Notes that name register sets, and what the auxiliary vector holds. */
public final class Elf {

  // Register sets, include/uapi/linux/elf.h.
  public static final int NT_PRSTATUS = 0x1;
  public static final int NT_PRFPREG = 0x2;
  public static final int NT_386_TLS = 0x200;
  public static final int NT_X86_XSTATE = 0x202;
  public static final int NT_X86_SHSTK = 0x204;
  public static final int NT_ARM_TLS = 0x401;
  public static final int NT_ARM_SYSTEM_CALL = 0x404;
  public static final int NT_ARM_SVE = 0x405;
  public static final int NT_ARM_PAC_MASK = 0x406;

  // Auxiliary vector, include/uapi/linux/auxvec.h and arch/x86/include/uapi/asm/auxvec.h;
  // AT_MINSIGSTKSZ
  // since Linux 5.14, AT_RSEQ_* since 6.3.
  public static final int AT_NULL = 0;
  public static final int AT_IGNORE = 1;
  public static final int AT_EXECFD = 2;
  public static final int AT_PHDR = 3;
  public static final int AT_PHENT = 4;
  public static final int AT_PHNUM = 5;
  public static final int AT_PAGESZ = 6;
  public static final int AT_BASE = 7;
  public static final int AT_FLAGS = 8;
  public static final int AT_ENTRY = 9;
  public static final int AT_NOTELF = 10;
  public static final int AT_UID = 11;
  public static final int AT_EUID = 12;
  public static final int AT_GID = 13;
  public static final int AT_EGID = 14;
  public static final int AT_PLATFORM = 15;
  public static final int AT_HWCAP = 16;
  public static final int AT_CLKTCK = 17;
  public static final int AT_SECURE = 23;
  public static final int AT_BASE_PLATFORM = 24;
  public static final int AT_RANDOM = 25;
  public static final int AT_HWCAP2 = 26;
  public static final int AT_RSEQ_FEATURE_SIZE = 27;
  public static final int AT_RSEQ_ALIGN = 28;
  public static final int AT_EXECFN = 31;
  public static final int AT_SYSINFO_EHDR = 33;
  public static final int AT_MINSIGSTKSZ = 51;

  // Files, include/uapi/linux/elf.h.
  public static final int ET_EXEC = 2;
  public static final int ET_DYN = 3;
  public static final int EM_386 = 3;
  public static final int EM_X86_64 = 62;
  public static final int EM_AARCH64 = 183;
  public static final int PT_LOAD = 1;
  public static final int PT_DYNAMIC = 2;
  public static final int PT_INTERP = 3;
  public static final int PT_NOTE = 4;
  public static final int ELFCLASS32 = 1;
  public static final int ELFCLASS64 = 2;
  public static final int DT_HASH = 4;
  public static final int DT_STRTAB = 5;
  public static final int DT_SYMTAB = 6;
  public static final int DT_STRSZ = 10;
  public static final int SHT_DYNSYM = 11;

  private Elf() {}

  /** Offsets within {@code Elf64_Ehdr}. */
  public static final class Ehdr64 {
    public static final int SIZEOF = 64;
    public static final int e_ident = 0;
    public static final int e_type = 16;
    public static final int e_machine = 18;
    public static final int e_entry = 24;
    public static final int e_phoff = 32;
    public static final int e_shoff = 40;
    public static final int e_phentsize = 54;
    public static final int e_phnum = 56;
    public static final int e_shentsize = 58;
    public static final int e_shnum = 60;
    public static final int e_shstrndx = 62;

    private Ehdr64() {}
  }

  /** Offsets within {@code Elf64_Phdr}. */
  public static final class Phdr64 {
    public static final int SIZEOF = 56;
    public static final int p_type = 0;
    public static final int p_flags = 4;
    public static final int p_offset = 8;
    public static final int p_vaddr = 16;
    public static final int p_paddr = 24;
    public static final int p_filesz = 32;
    public static final int p_memsz = 40;
    public static final int p_align = 48;

    private Phdr64() {}
  }

  /** Offsets within {@code Elf64_Sym}. */
  public static final class Sym64 {
    public static final int SIZEOF = 24;
    public static final int st_name = 0;
    public static final int st_info = 4;
    public static final int st_other = 5;
    public static final int st_shndx = 6;
    public static final int st_value = 8;
    public static final int st_size = 16;

    private Sym64() {}
  }
}
