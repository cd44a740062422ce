@NullMarked
package org.dlora.console.requests;

import org.jspecify.annotations.NullMarked;
