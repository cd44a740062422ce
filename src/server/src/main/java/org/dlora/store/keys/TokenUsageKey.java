package org.dlora.store.keys;

import jakarta.persistence.Embeddable;
import java.io.Serializable;
import java.time.LocalDate;

/**
 * Key of used tokens.
 *
 * @param owner {@code key:} or {@code team:}, and its id or name
 * @param dayAt by UTC
 * @param serverRun of the server that counted
 */
@Embeddable
record TokenUsageKey(String owner, LocalDate dayAt, String serverRun) implements Serializable {}
