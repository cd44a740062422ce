/** Metrics under vLLM's names, for routers that know vLLM. */
@NullMarked
package org.dlora.api.metrics;

import org.jspecify.annotations.NullMarked;
