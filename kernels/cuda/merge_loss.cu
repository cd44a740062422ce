#include "merge.cuh"

template <class T>
static __device__ __forceinline__ void merge_loss(const T *w, int stride, int columns, int from, int to,
                                                  const dlora_term &term, int table, double2 *out) {
  __shared__ double2 sums[MERGE_COLUMNS];
  double2 sum = {0, 0};
  for_merged<double>(w, stride, columns, from, to, term, table, [&](int, double pristine, double merged) {
    T stored;
    store(&stored, (float)merged);
    const double lost = to_float(stored) - merged, change = merged - pristine;
    sum.x += change * change;
    sum.y += lost * lost;
  });
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (int half = MERGE_COLUMNS / 2; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) {
      sums[threadIdx.x].x += sums[threadIdx.x + half].x;
      sums[threadIdx.x].y += sums[threadIdx.x + half].y;
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    out[blockIdx.y * gridDim.x + blockIdx.x] = sums[0];
  }
}

KERNEL dlora_merge_loss_f32(const float *w, int stride, int columns, int from, int to, dlora_term term, int table, double2 *out) {
  merge_loss(w, stride, columns, from, to, term, table, out);
}

KERNEL dlora_merge_loss_bf16(const bf16 *w, int stride, int columns, int from, int to, dlora_term term, int table, double2 *out) {
  merge_loss(w, stride, columns, from, to, term, table, out);
}
