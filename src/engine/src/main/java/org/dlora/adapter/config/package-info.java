/**
 * {@code adapter_config.json} of PEFT: its fields, their checks, and the modules that it chooses.
 */
@NullMarked
package org.dlora.adapter.config;

import org.jspecify.annotations.NullMarked;
