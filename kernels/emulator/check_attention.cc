/* Attention over ragged batches: prompts, chunks that continue one, and decode rows. */
#include <cmath>

#include "check.h"

namespace {

struct Chunk {
  int rows, position;
};

const std::vector<std::vector<Chunk>> BATCHES = {{{1, 0}}, {{1, 99}, {1, 15}, {1, 16}, {3, 30}}, {{70, 0}, {1, 64}, {33, 40}}};

const dlora_attention_shape SHAPES[] = {{4, 4, 16, 0, 0.25f}, {6, 2, 32, 0, 0.2f},  {3, 1, 64, 20, 0.125f},
                                        {2, 1, 80, 1, 0.1f},  {10, 1, 21, 70, 0.2f}, {2, 2, 128, 0, 0.09f}};

/* A batch with its cache. Blocks lie anywhere; slots that no row sees hold not-a-numbers. */
template <class T>
struct Batch {
  const dlora_attention_shape shape;
  const std::vector<Chunk> chunks;
  const int width, stride, block_elements;
  std::vector<int> positions, tables, blocks; /* of rows, of rows, of all sequences */
  std::vector<T> kv;
  std::vector<float> rows;
  std::vector<int> first_rows, chunk_tables, which;

  Batch(const dlora_attention_shape &shape, const std::vector<Chunk> &chunks)
      : shape(shape),
        chunks(chunks),
        width((shape.heads + 2 * shape.kv_heads) * shape.head_dim),
        stride(up(shape.head_dim, CHUNK)),
        block_elements(2 * shape.kv_heads * BLOCK_TOKENS * stride) {
    int needed = 0;
    for (const Chunk &chunk : chunks) {
      first_rows.push_back(positions.size());
      chunk_tables.push_back(needed);
      for (int row = 0; row < chunk.rows; row++) {
        which.push_back(positions.size());
        positions.push_back(chunk.position + row);
        tables.push_back(needed);
      }
      needed += parts(chunk.position + chunk.rows, BLOCK_TOKENS);
    }
    for (int i = 0; i < needed; i++) {
      blocks.push_back(i * 7 % (needed % 7 == 0 ? needed + 1 : needed));
    }
    T nothing;
    store(&nothing, NAN);
    kv.assign((size_t)(needed + 1) * block_elements, nothing);
    for (size_t i = 0; i < chunks.size(); i++) {
      for (int position = 0; position < chunks[i].position + chunks[i].rows; position++) {
        for (int part = 0; part < 2; part++) {
          for (int head = 0; head < shape.kv_heads; head++) {
            for (int d = 0; d < stride; d++) {
              store(&kv[at(i, position, part, head, d)], d < shape.head_dim ? 2 * random_float() : 0);
            }
          }
        }
      }
    }
    rows = random_floats(positions.size() * width);
    for (float &value : rows) {
      value *= 3;
    }
  }

  size_t at(size_t chunk, int position, int part, int kv_head, int d) const {
    const size_t block = blocks[chunk_tables[chunk] + position / BLOCK_TOKENS];
    return block * block_elements + ((part * shape.kv_heads + kv_head) * BLOCK_TOKENS + position % BLOCK_TOKENS) * stride + d;
  }

  /* query: what is left of an element of a query, times scale; error: of a weight, beside float32's */
  template <class QUERY>
  std::vector<Expected> expected(QUERY query, double error) const {
    std::vector<Expected> all;
    for (size_t chunk = 0; chunk < chunks.size(); chunk++) {
      for (int row = first_rows[chunk]; row < first_rows[chunk] + chunks[chunk].rows; row++) {
        for (int head = 0; head < shape.heads; head++) {
          of_head(chunk, row, head, query, error, all);
        }
      }
    }
    return all;
  }

 private:
  template <class QUERY>
  void of_head(size_t chunk, int row, int head, QUERY query, double error, std::vector<Expected> &all) const {
    const int kv_head = head / (shape.heads / shape.kv_heads);
    const int begin = shape.window > 0 ? std::max(0, positions[row] + 1 - shape.window) : 0;
    std::vector<double> weights;
    double total = 0, largest = 0;
    for (int position = begin; position <= positions[row]; position++) {
      double score = 0;
      for (int d = 0; d < shape.head_dim; d++) {
        score += query(rows[(size_t)row * width + head * shape.head_dim + d]) * to_float(kv[at(chunk, position, 0, kv_head, d)]);
      }
      weights.push_back(exp(score));
      total += weights.back();
    }
    for (int d = 0; d < shape.head_dim; d++) {
      double sum = 0;
      for (int position = begin; position <= positions[row]; position++) {
        const double value = to_float(kv[at(chunk, position, 1, kv_head, d)]);
        sum += weights[position - begin] / total * value;
        largest = std::max(largest, fabs(value));
      }
      all.push_back({sum, (error + 2e-5) * largest + 1e-6});
    }
  }
};

template <class T, class CALL>
void spans(CALL call) {
  for (const auto &shape : SHAPES) {
    for (auto chunks : BATCHES) {
      chunks.push_back({1, -1}); /* sees nothing, and gets zeros */
      const Batch<T> batch(shape, chunks);
      const int rows = batch.positions.size();
      for (int span : {16, 64, 1024}) {
        const int count = parts(100, span), sharing = shape.heads / shape.kv_heads;
        auto sums = not_a_numbers((size_t)rows * shape.heads * count * shape.head_dim);
        std::vector<float2> weights((size_t)rows * shape.heads * count, {NAN, NAN});
        call(dim3(rows, shape.kv_heads * parts(sharing, 8), count), batch, span, sums.data(), weights.data());
        auto out = not_a_numbers((size_t)rows * shape.heads * shape.head_dim);
        LAUNCH(dlora_attention_join, dim3(rows, shape.heads), 32, 0, sums.data(), weights.data(), batch.which.data(),
               count, shape.heads, shape.head_dim, out.data());
        expect("attention_spans", out, batch.expected([&](float q) { return (double)q * shape.scale; }, 0));
      }
    }
  }
}

void spans_f32() {
  spans<float>([](dim3 grid, auto &b, int span, float *sums, float2 *weights) {
    LAUNCH(dlora_attention_spans_f32, grid, 128, 0, b.rows.data(), b.shape, b.kv.data(), b.which.data(), b.positions.data(),
           b.tables.data(), b.blocks.data(), span, sums, weights);
  });
}

void spans_bf16() {
  spans<bf16>([](dim3 grid, auto &b, int span, float *sums, float2 *weights) {
    LAUNCH(dlora_attention_spans_bf16, grid, 128, 0, b.rows.data(), b.shape, b.kv.data(), b.which.data(), b.positions.data(),
           b.tables.data(), b.blocks.data(), span, sums, weights);
  });
}

template <class CALL>
void tiles(int most_dim, CALL call) {
  constexpr float LOG2_E = 1.4426950408889634f;
  for (const auto &shape : SHAPES) {
    if (shape.head_dim > most_dim) {
      continue;
    }
    for (const auto &chunks : BATCHES) {
      const Batch<bf16> batch(shape, chunks);
      std::vector<dlora_attention_tile> all;
      for (size_t chunk = 0; chunk < chunks.size(); chunk++) {
        for (int row = 0; row < chunks[chunk].rows; row += 64) {
          all.push_back({batch.first_rows[chunk] + row, std::min(64, chunks[chunk].rows - row), chunks[chunk].position + row,
                         batch.chunk_tables[chunk]});
        }
      }
      all.push_back({0, 0, 0, 0}); /* none: a grid may be larger than a step */
      auto out = not_a_numbers(batch.positions.size() * shape.heads * shape.head_dim);
      call(dim3(all.size(), shape.heads), batch, all.data(), out.data());
      const auto query = [&](float q) { return rounded(q * (shape.scale * LOG2_E)) / (double)LOG2_E; };
      expect("attention_tiles", out, batch.expected(query, 2.0 / 256));
    }
  }
}

void tiles_64() {
  tiles(64, [](dim3 grid, auto &b, auto *all, float *out) {
    LAUNCH(dlora_attention_tiles_64, grid, 128, DLORA_ATTENTION_SHARED(64), b.rows.data(), b.shape, b.kv.data(), all,
           b.blocks.data(), out);
  });
}

void tiles_128() {
  tiles(128, [](dim3 grid, auto &b, auto *all, float *out) {
    LAUNCH(dlora_attention_tiles_128, grid, 128, DLORA_ATTENTION_SHARED(128), b.rows.data(), b.shape, b.kv.data(), all,
           b.blocks.data(), out);
  });
}

const Check all[] = {{"attention, spans, float32", spans_f32},
                     {"attention, spans, bf16", spans_bf16},
                     {"attention, tiles of 64", tiles_64},
                     {"attention, tiles of 128", tiles_128}};

}  // namespace
