#include "check.h"

namespace {

template <class T, class WRITE>
void write_and_copy(WRITE write) {
  const int layers = 2, blocks = 5, kv_heads = 2, dim = 20, stride = 24, first = 3 * dim, width = first + 2 * kv_heads * dim;
  const int block_elements = 2 * kv_heads * BLOCK_TOKENS * stride;
  T unwritten;
  store(&unwritten, -5);
  std::vector<T> kv((size_t)layers * blocks * block_elements, unwritten);
  std::vector<float> expected(kv.size(), -5);
  const std::vector<int> slots = {4 * 16 + 15, 0, -1, 17, 2 * 16 + 7, -1};
  const auto x = random_floats(slots.size() * width);
  T *layer = kv.data() + blocks * block_elements;
  write(dim3(slots.size()), x.data(), width, first, kv_heads, dim, slots.data(), layer);
  for (size_t row = 0; row < slots.size(); row++) {
    for (int i = 0; slots[row] >= 0 && i < 2 * kv_heads * stride; i++) {
      const int head = i / stride, element = i % stride; /* of keys, then of values */
      const int at = (head * BLOCK_TOKENS + slots[row] % 16) * stride + element;
      expected[(blocks + slots[row] / 16) * block_elements + at] =
          element < dim ? stored(x[row * width + first + head * dim + element], (T *)nullptr) : 0;
    }
  }
  auto floats = [](const std::vector<T> &from) {
    std::vector<float> to;
    for (T value : from) {
      to.push_back(to_float(value));
    }
    return to;
  };
  expect_equal("write_kv", floats(kv), expected);

  /* Block 4 to block 1, through a copy. */
  const int64_t block_bytes = block_elements * sizeof(T), layer_bytes = blocks * block_bytes;
  std::vector<T> copy((size_t)layers * block_elements);
  LAUNCH(dlora_read_block, dim3(3, layers), 64, 0, (const uint4 *)kv.data(), layer_bytes, block_bytes, 4, (uint4 *)copy.data());
  LAUNCH(dlora_write_block, dim3(2, layers), 32, 0, (uint4 *)kv.data(), layer_bytes, block_bytes, 1, (const uint4 *)copy.data());
  for (int i = 0; i < layers * block_elements; i++) {
    const size_t in_layer = (size_t)(i / block_elements) * blocks * block_elements + i % block_elements;
    expected[in_layer + 1 * block_elements] = expected[in_layer + 4 * block_elements];
  }
  expect_equal("a copied block", floats(kv), expected);
}

void kv_cache() {
  write_and_copy<float>([](dim3 grid, auto... arguments) { LAUNCH(dlora_write_kv_f32, grid, 64, 0, arguments...); });
  write_and_copy<bf16>([](dim3 grid, auto... arguments) { LAUNCH(dlora_write_kv_bf16, grid, 64, 0, arguments...); });
}

const Check all("KV cache", kv_cache);

}  // namespace
