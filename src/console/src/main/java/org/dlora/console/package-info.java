/**
 * The console: HTML that the server renders from {@code frontend-templates/console}, a package for
 * each group of pages. Pages call services, not the endpoints of {@code api}. Who may open them is
 * decided in {@code security.web}.
 */
@NullMarked
package org.dlora.console;

import org.jspecify.annotations.NullMarked;
