package org.dlora.catalogue.source;

/**
 * A client who wants an adapter.
 *
 * @param author as the audit names it
 * @param owner whose unfinished jobs are bounded together: its team, or the client itself; empty
 *     where nobody is known apart
 */
public record Requester(String author, String owner) {}
