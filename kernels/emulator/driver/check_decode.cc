/* Decode steps of a model with the demo model's shapes, launched and as a graph, and how long they take. */
#include <chrono>
#include <cmath>
#include <cstdio>

#include "../../cuda/dlora.cuh"
#include "check.h"

namespace {

constexpr int HIDDEN = 128, HEADS = 4, KV_HEADS = 2, HEAD_DIM = 32, INNER = 384, LAYERS = 4, VOCABULARY = 264;
constexpr int WIDTH = (HEADS + 2 * KV_HEADS) * HEAD_DIM, BLOCKS = 16, RANK = 8;

std::vector<float> numbers(size_t count, float scale) {
  static uint32_t state = 1;
  std::vector<float> values(count);
  for (float &value : values) {
    state = state * 1664525 + 1013904223;
    value = ((float)(state >> 8) / (1 << 23) - 1) * scale;
  }
  return values;
}

struct Layer {
  CUdeviceptr norm, qkv, out, inner_norm, gate_up, down, a, b, kv;
};

/* Rounded weights are bfloat16; the columns of all matrices are multiples of CHUNK. */
CUdeviceptr matrix(int rows, int columns, bool rounded) {
  const auto values = numbers((size_t)rows * columns, 1 / sqrtf((float)columns));
  if (!rounded) {
    return upload(values);
  }
  std::vector<int> pairs;
  for (size_t i = 0; i < values.size(); i += 2) {
    pairs.push_back((int)round_pair(values[i], values[i + 1]));
  }
  return upload(pairs);
}

/* A model of random weights, with a LoRA term on each qkv. */
class Model {
 public:
  Model(int rows, bool rounded) : rows(rows), rounded(rounded) {
    for (Layer &layer : layers) {
      layer = {upload(numbers(HIDDEN, 1)),
               matrix(WIDTH, HIDDEN, rounded),
               matrix(HIDDEN, HEADS * HEAD_DIM, rounded),
               upload(numbers(HIDDEN, 1)),
               matrix(2 * INNER, HIDDEN, rounded),
               matrix(HIDDEN, INNER, rounded),
               matrix(RANK, HIDDEN, false),
               matrix(WIDTH, RANK, false),
               allocate((size_t)BLOCKS * rows * 2 * KV_HEADS * BLOCK_TOKENS * HEAD_DIM * 4)};
    }
    std::vector<int> positions, tables, blocks, slots, all;
    std::vector<dlora_term_rows> units_of_all;
    for (int row = 0; row < rows; row++) {
      all.push_back(row);
      positions.push_back(30);
      tables.push_back(row * BLOCKS);
      for (int block = 0; block < BLOCKS; block++) {
        blocks.push_back(row * BLOCKS + block);
      }
      slots.push_back((row * BLOCKS + 30 / BLOCK_TOKENS) * BLOCK_TOKENS + 30 % BLOCK_TOKENS);
    }
    for (int row = 0; row < rows; row += 16) {
      units_of_all.push_back({0, row, std::min(16, rows - row)});
    }
    for (const Layer &layer : layers) {
      OK(cuMemsetD32_v2(layer.kv, 0x3d000000, (size_t)BLOCKS * rows * 2 * KV_HEADS * BLOCK_TOKENS * HEAD_DIM));
    }
    which = upload(all);
    this->positions = upload(positions);
    this->tables = upload(tables);
    this->blocks = upload(blocks);
    this->slots = upload(slots);
    tokens = upload(all);
    cos = upload(numbers(1024 * HEAD_DIM / 2, 1));
    sin = upload(numbers(1024 * HEAD_DIM / 2, 1));
    units = allocate(units_of_all.size() * sizeof(dlora_term_rows));
    OK(cuMemcpyHtoD_v2(units, units_of_all.data(), units_of_all.size() * sizeof(dlora_term_rows)));
    unit_count = (int)units_of_all.size();
    for (CUdeviceptr *buffer : {&x, &residual, &normed, &projected, &attended, &inner, &gated, &sums, &weights, &shrunk, &logits}) {
      *buffer = allocate((size_t)rows * 2 * INNER * 4);
    }
    chosen = allocate(rows * sizeof(int));
    for (int layer = 0; layer < LAYERS; layer++) {
      dlora_term term = {};
      term.a = (const void *)layers[layer].a;
      term.b = (const void *)layers[layer].b;
      term.a_stride = HIDDEN, term.b_stride = RANK, term.rank = RANK, term.n = WIDTH, term.scale = 0.5f;
      terms[layer] = allocate(sizeof term);
      OK(cuMemcpyHtoD_v2(terms[layer], &term, sizeof term));
    }
  }

  void decode(CUstream stream) {
    const auto linear = [&](CUdeviceptr from, CUdeviceptr w, CUdeviceptr to, int n, int k, int add) {
      if (rounded) {
        OK(launch(round, rows, 1, 128, 0, stream, from, k, x, k));
        OK(launch(linear_bf16, (n + 3) / 4, 1, 128, 0, stream, x, w, k, CUdeviceptr(0), to, rows, n, k, add));
        return;
      }
      OK(launch(linear_f32, (n + 63) / 64, (rows + 63) / 64, 256, 0, stream, from, w, k, CUdeviceptr(0), to, rows, n, k, add));
    };
    OK(launch(rounded ? embed_bf16 : embed_f32, rows, 1, 128, 0, stream, table, HIDDEN, tokens, residual, HIDDEN));
    for (int i = 0; i < LAYERS; i++) {
      const Layer &layer = layers[i];
      OK(launch(norm, rows, 1, 128, 0, stream, residual, layer.norm, 1e-6f, normed, HIDDEN));
      linear(normed, layer.qkv, projected, WIDTH, HIDDEN, 0);
      OK(launch(shrink, unit_count, RANK / 4, 128, 0, stream, terms[i], units, normed, HIDDEN, shrunk));
      OK(launch(expand, unit_count, (WIDTH + 127) / 128, 128, 0, stream, terms[i], units, shrunk, projected, WIDTH));
      OK(launch(rope, rows, 1, 128, 0, stream, projected, WIDTH, HEADS + KV_HEADS, HEAD_DIM / 2, positions, cos, sin));
      OK(launch(write_kv, rows, 1, 128, 0, stream, projected, WIDTH, HEADS * HEAD_DIM, KV_HEADS, HEAD_DIM, slots, layer.kv));
      const dlora_attention_shape shape = {HEADS, KV_HEADS, HEAD_DIM, 0, 0.17f};
      OK(launch(attend, rows, KV_HEADS, 128, 0, stream, projected, shape, layer.kv, which, positions, tables, blocks, 64, sums,
                weights));
      OK(launch(join, rows, HEADS, 32, 0, stream, sums, weights, which, 1, HEADS, HEAD_DIM, attended));
      linear(attended, layer.out, residual, HIDDEN, HEADS * HEAD_DIM, 1);
      OK(launch(norm, rows, 1, 128, 0, stream, residual, layer.inner_norm, 1e-6f, normed, HIDDEN));
      linear(normed, layer.gate_up, inner, 2 * INNER, HIDDEN, 0);
      OK(launch(silu, rows, 1, 128, 0, stream, inner, gated, INNER));
      linear(gated, layer.down, residual, HIDDEN, INNER, 1);
    }
    OK(launch(norm, rows, 1, 128, 0, stream, residual, layers[0].norm, 1e-6f, normed, HIDDEN));
    linear(normed, table, logits, VOCABULARY, HIDDEN, 0);
    OK(launch(arg_max, rows, 1, 256, 0, stream, logits, which, chosen, VOCABULARY));
  }

  std::vector<float> results() { return download(logits, (size_t)rows * VOCABULARY); }

  const int rows; /* at most 8 */
  const bool rounded;

 private:
  Layer layers[LAYERS];
  CUdeviceptr terms[LAYERS], which, positions, tables, blocks, slots, tokens, cos, sin, units, chosen;
  CUdeviceptr x, residual, normed, projected, attended, inner, gated, sums, weights, shrunk, logits;
  CUdeviceptr table = matrix(VOCABULARY, HIDDEN, rounded);
  int unit_count = 0;
  CUfunction embed_f32 = kernel("rows", "dlora_embed_f32"), embed_bf16 = kernel("rows", "dlora_embed_bf16"),
             round = kernel("rows", "dlora_round_rows"), linear_bf16 = kernel("linear_bf16_rows", "dlora_linear_bf16_8"), norm = kernel("rms_norm", "dlora_rms_norm"),
             linear_f32 = kernel("linear_f32", "dlora_linear_f32"), shrink = kernel("lora_shrink", "dlora_lora_shrink_f32"),
             expand = kernel("lora_expand", "dlora_lora_expand"), rope = kernel("rope", "dlora_rope"),
             write_kv = kernel("kv_cache", "dlora_write_kv_f32"), attend = kernel("attention_spans", "dlora_attention_spans_f32"),
             join = kernel("attention_join", "dlora_attention_join"), silu = kernel("silu_mul", "dlora_silu_mul"),
             arg_max = kernel("arg_max", "dlora_arg_max");
};

void decode_steps_are_the_same_as_graphs() {
  use_device(0);
  const CUstream stream = new_stream();
  Model model(8, true);
  OK(cuCtxSynchronize());
  model.decode(stream);
  const auto launched = model.results();
  for (float logit : launched) {
    EQUAL(std::isfinite(logit), true);
  }
  CUgraph graph;
  CUgraphExec exec;
  OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  model.decode(stream);
  OK(cuStreamEndCapture(stream, &graph));
  OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
  OK(cuGraphLaunch(exec, stream));
  const auto of_graph = model.results();
  for (size_t i = 0; i < launched.size(); i++) {
    EQUAL(of_graph[i], launched[i]);
  }
}

/* Tests serve the demo model on the stand-in: a step must not take long. */
void decode_steps_are_fast_enough() {
  use_device(0);
  const CUstream stream = new_stream();
  for (const bool rounded : {false, true}) {
    for (const int rows : {1, 8}) {
      Model model(rows, rounded);
      OK(cuCtxSynchronize());
      double best = 1e9;
      for (int i = 0; i < 5; i++) {
        const auto begin = std::chrono::steady_clock::now();
        model.decode(stream);
        OK(cuStreamSynchronize(stream));
        best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
      }
      printf("decode step of %d rows, %s: %.1f ms\n", rows, rounded ? "bfloat16" : "float32", best);
      EQUAL(best < 1000, true);
    }
  }
}

const Check all[] = {
    {"decode steps are the same as graphs", decode_steps_are_the_same_as_graphs},
    {"decode steps are fast enough", decode_steps_are_fast_enough},
};

}  // namespace
