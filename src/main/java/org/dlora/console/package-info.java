/**
 * Pages of the console: HTML that the server renders from {@code frontend-templates/console}. Who
 * may open them is decided in {@code security.web}.
 */
@NullMarked
package org.dlora.console;

import org.jspecify.annotations.NullMarked;
