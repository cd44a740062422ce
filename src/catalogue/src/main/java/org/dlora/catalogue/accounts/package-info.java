/**
 * Accounts of those who order work that no client's request pays for: gates and shadows. Who they
 * are, what they may use and whose cached prefixes they find is decided elsewhere.
 */
@NullMarked
package org.dlora.catalogue.accounts;

import org.jspecify.annotations.NullMarked;
