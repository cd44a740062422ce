/*
 * The instructions that CUDA C++ has no word for, as inline PTX (sm_80 and newer), and in C++ for the
 * emulator. No other file has inline PTX.
 *
 * Fragments of the tensor core's m16n8k16 product, by lane, with g = lane / 4 and t = lane % 4. Each
 * register of A and B holds two bfloat16, the lower column (A) or row (B) in its low half:
 *
 *   A [16, 16]   a0 (g, 2t)   a1 (g + 8, 2t)   a2 (g, 2t + 8)   a3 (g + 8, 2t + 8)
 *   B [16, 8]    b0 (2t, g)   b1 (2t + 8, g)
 *   C [16, 8]    c0 (g, 2t)   c1 (g, 2t + 1)   c2 (g + 8, 2t)   c3 (g + 8, 2t + 1), float32
 *
 * Source: PTX ISA, "Matrix fragments for mma.m16n8k16" and "ldmatrix".
 */
#ifndef DLORA_PTX_CUH
#define DLORA_PTX_CUH

#include "platform.cuh"

#ifdef __CUDACC__

/* Rounds two floats to bfloat16, to nearest even; low in the low half. */
static __device__ __forceinline__ uint32_t round_pair(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

/* c += a b */
static __device__ __forceinline__ void mma(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

static __device__ __forceinline__ uint32_t shared_address(const void *shared) {
  return (uint32_t)__cvta_generic_to_shared(shared);
}

/*
 * Loads four matrices of 8 rows of 16 bytes from shared memory. Lane i has the address of row i % 8 of
 * matrix i / 8; register j gets elements (g, 2t) and (g, 2t + 1) of matrix j.
 */
static __device__ __forceinline__ void load_matrices(uint32_t (&r)[4], const void *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

/* As load_matrices; register j gets elements (2t, g) and (2t + 1, g) of matrix j. */
static __device__ __forceinline__ void load_matrices_transposed(uint32_t (&r)[4], const void *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

/* Begins to copy 16 bytes to shared memory, of zeros if not valid; nothing is read then. */
static __device__ __forceinline__ void copy_async(void *shared, const void *global, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global),
               "r"(valid ? 16 : 0)
               : "memory");
}

/* Ends a group of copies of this thread. */
static __device__ __forceinline__ void copy_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/* Waits until all groups of this thread are there but the last PENDING ones. */
template <int PENDING>
static __device__ __forceinline__ void copy_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

#else

static inline uint32_t round_pair(float low, float high) {
  return emulator::round_to_bf16(low) | (uint32_t)emulator::round_to_bf16(high) << 16;
}

static inline void mma(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  struct Fragments {
    uint32_t a[4], b[2];
  };
  const Fragments *all = emulator::exchange(Fragments{{a[0], a[1], a[2], a[3]}, {b0, b1}});
  const int lane = emulator::lane();
  for (int i = 0; i < 4; i++) {
    const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
    float sum = 0;
    for (int k = 0; k < 16; k++) {
      const uint32_t x = all[row % 8 * 4 + k % 8 / 2].a[row / 8 + k / 8 * 2];
      const uint32_t w = all[column * 4 + k % 8 / 2].b[k / 8];
      sum += emulator::half_of(x, k % 2) * emulator::half_of(w, k % 2);
    }
    c[i] += sum;
  }
}

static inline void load_matrices(uint32_t (&r)[4], const void *row) {
  const void *const *rows = emulator::exchange(row);
  const int lane = emulator::lane();
  for (int j = 0; j < 4; j++) {
    memcpy(&r[j], (const char *)rows[j * 8 + lane / 4] + lane % 4 * 4, 4);
  }
}

static inline void load_matrices_transposed(uint32_t (&r)[4], const void *row) {
  const void *const *rows = emulator::exchange(row);
  const int lane = emulator::lane();
  for (int j = 0; j < 4; j++) {
    uint16_t low, high;
    memcpy(&low, (const char *)rows[j * 8 + lane % 4 * 2] + lane / 4 * 2, 2);
    memcpy(&high, (const char *)rows[j * 8 + lane % 4 * 2 + 1] + lane / 4 * 2, 2);
    r[j] = low | (uint32_t)high << 16;
  }
}

static inline void copy_async(void *shared, const void *global, bool valid) {
  emulator::copy_later(shared, valid ? global : nullptr);
}

static inline void copy_commit() { emulator::copy_commit(); }

template <int PENDING>
static inline void copy_wait() {
  emulator::copy_wait(PENDING);
}

#endif

#endif
