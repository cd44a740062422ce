/**
 * Comparison of rules of eviction on one trace of requests for adapters. Nothing here serves, and
 * nothing is measured: a trace is replayed request by request.
 */
@NullMarked
package org.dlora.bench.residency;

import org.jspecify.annotations.NullMarked;
