/**
 * The database, which a Spring context of its own holds, opened beside serving. Its services
 * implement interfaces of {@code cluster} and {@code adapter}. Serving never waits for it.
 */
@NullMarked
package org.dlora.store;

import org.jspecify.annotations.NullMarked;
