/**
 * Spans of requests, by Micrometer Tracing and OpenTelemetry. Nothing here is loaded while tracing
 * is off.
 */
@NullMarked
package org.dlora.app.tracing;

import org.jspecify.annotations.NullMarked;
