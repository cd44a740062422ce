/**
 * Administration of a running server: endpoints by which operators read and change it, in JSON. The
 * bodies that pages of the console show too are public.
 */
@NullMarked
package org.dlora.api.admin;

import org.jspecify.annotations.NullMarked;
