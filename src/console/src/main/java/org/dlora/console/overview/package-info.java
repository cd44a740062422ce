/** The first page: replicas and their merge states at a glance. */
@NullMarked
package org.dlora.console.overview;

import org.jspecify.annotations.NullMarked;
