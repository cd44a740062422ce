/* Rotary positions (Su et al. 2021), with the pairs of Hugging Face: i and i + head_dim / 2. */
#include "dlora.cuh"

KERNEL dlora_rope(float *rows, int width, int heads, int half, const int *positions, const float *cos, const float *sin) {
  float *row = rows + (int64_t)blockIdx.x * width;
  const int64_t angles = (int64_t)positions[blockIdx.x] * half;
  for (int i = threadIdx.x; i < heads * half; i += blockDim.x) {
    const int element = i % half;
    float *pair = row + i / half * 2 * half + element;
    const float a = pair[0], b = pair[half];
    const float c = cos[angles + element], s = sin[angles + element];
    pair[0] = a * c - b * s;
    pair[half] = b * c + a * s;
  }
}
