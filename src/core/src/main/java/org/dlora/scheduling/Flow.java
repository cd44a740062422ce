package org.dlora.scheduling;

/**
 * A flow: the requests of one team for one adapter, or for the base model. Policy {@code dlora}
 * shares service among teams, and within a team among its flows.
 */
public record Flow(TeamRef team, AdapterRef adapter) {
    /** Returns the flow of the requests for {@code adapter} that have no team. */
    public static Flow of(AdapterRef adapter) {
        return new Flow(TeamRef.NONE, adapter);
    }
}
