/* Compiled for any x86-64, because it runs before anybody knows the processor. */
#include "dlora.h"

#include <cpuid.h>
#include <stdio.h>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

int32_t dlora_abi(void) { return DLORA_ABI; }

#ifdef DLORA_WITH_AMX
/* Register state that the operating system saves: XCR0. */
static uint64_t saved_state(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

/* Whether the processor has tiles of bfloat16 and the kernel of the system saves them. */
static int32_t has_tiles(void) {
  uint32_t a, b, c, d;
  const uint32_t osxsave = 1u << 27, bf16_and_tile = 1u << 22 | 1u << 24;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave)) {
    return 0;
  }
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & bf16_and_tile) != bf16_and_tile) {
    return 0;
  }
  return (saved_state() >> 17 & 3) == 3;
}

/* Linux gives a process the state of tiles when it asks for it, once for all its threads. */
static int32_t may_use_tiles(void) {
#ifdef __linux__
  const int request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return 0;
#endif
}
#endif

int32_t dlora_features(void) {
  int32_t features = 0;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) {
    return 0;
  }
  features |= DLORA_AVX512;
  if (__builtin_cpu_supports("avx512bf16")) {
    features |= DLORA_AVX512_BF16;
    features |= __builtin_cpu_supports("avx512vnni") ? DLORA_AVX512_VNNI : 0;
#ifdef DLORA_WITH_AMX
    if (has_tiles()) {
      features |= may_use_tiles() ? DLORA_AMX : DLORA_AMX_REFUSED;
    }
#endif
  }
  return features;
}

void dlora_processor(char *name) {
  uint32_t words[12] = {0};
  uint32_t a = 0, b, c, d;
  for (uint32_t i = 0; i < 3; i++) {
    __get_cpuid(0x80000002 + i, words + 4 * i, words + 4 * i + 1, words + 4 * i + 2, words + 4 * i + 3);
  }
  __get_cpuid(1, &a, &b, &c, &d);
  snprintf(name, DLORA_PROCESSOR_BYTES, "%.48s %08x", (const char *)words, a);
}
