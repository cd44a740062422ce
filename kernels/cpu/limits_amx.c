/* As limits_avx512.c, of products of bfloat16 tiles. */
#include "dlora.h"
#include "tiles.h"

/* Two tiles of rows meet two of weights, as in products; enough sums to hide the latency. */
#define SUMS 4

int64_t TILES(dlora_tile_flops)(void) { return SUMS * TILE_ROWS * (TILE_BYTES / 4) * 2 * 2; }

float TILES(dlora_tile_loop)(int64_t times) {
  const struct tile_config config = whole_tiles();
  uint16_t ones[TILE_BYTES / 2] __attribute__((aligned(64)));
  float sums[TILE_BYTES / 4] __attribute__((aligned(64)));
  float total = 0;
  for (int i = 0; i < TILE_BYTES / 2; i++) {
    ones[i] = 0x3f80;
  }
  tile_configure(&config);
  tile_zero(0);
  tile_zero(1);
  tile_zero(2);
  tile_zero(3);
  tile_load(4, ones, 64);
  tile_load(5, ones, 64);
  tile_load(6, ones, 64);
  tile_load(7, ones, 64);
  for (int64_t n = 0; n < times; n++) {
    tile_dot(0, 4, 6);
    tile_dot(1, 4, 7);
    tile_dot(2, 5, 6);
    tile_dot(3, 5, 7);
  }
  tile_store(0, sums, 64);
  total += sums[0];
  tile_store(1, sums, 64);
  total += sums[0];
  tile_store(2, sums, 64);
  total += sums[0];
  tile_store(3, sums, 64);
  total += sums[0];
  tile_release();
  return total;
}
