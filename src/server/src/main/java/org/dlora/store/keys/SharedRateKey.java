package org.dlora.store.keys;

import jakarta.persistence.Embeddable;
import java.io.Serializable;

/**
 * Key of a shared rate.
 *
 * @param owner {@code key:} or {@code team:}, and its id or name
 * @param kind of the limit
 */
@Embeddable
record SharedRateKey(String owner, String kind) implements Serializable {}
