#include "scratch.h"

_Thread_local uint16_t dlora_scratch[SCRATCH_ELEMENTS] __attribute__((aligned(64)));
