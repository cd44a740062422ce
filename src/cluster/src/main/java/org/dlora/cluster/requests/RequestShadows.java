package org.dlora.cluster.requests;

import org.dlora.engine.ReplicaRef;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;

/** Runner of shadows beside the requests of clients. Thread-safe; calls return at once. */
public interface RequestShadows {

    /** A runner for a server without shadows. */
    RequestShadows NONE =
            new RequestShadows() {
                @Override
                public Shadow prepare(String request, ShadowRequest wanted) {
                    return Shadow.NONE;
                }

                @Override
                public void arrived(ReplicaRef replica) {}

                @Override
                public void lost(ReplicaRef replica) {}

                @Override
                public int waiting() {
                    return 0;
                }
            };

    /** Returns the shadow of a client's request, which is not submitted yet. */
    Shadow prepare(String request, ShadowRequest wanted);

    /** Has the shadows of a replica give way to a request that the replica gets. */
    void arrived(ReplicaRef replica);

    /** Ends the shadows of a replica that has failed. To be called without locks. */
    void lost(ReplicaRef replica);

    /** Returns the number of shadows that wait. */
    int waiting();

    /** The shadow of one request. */
    interface Shadow {
        /** A shadow that never runs. */
        Shadow NONE =
                new Shadow() {
                    @Override
                    public GenerationListener after(GenerationListener client) {
                        return client;
                    }

                    @Override
                    public void begin(GenerationRequest client, @Nullable ReplicaRef replica) {}
                };

        /**
         * Returns a listener that passes the events of the client's request on, then notes them.
         */
        GenerationListener after(GenerationListener client);

        /**
         * Starts the shadow. To be called without locks.
         *
         * @param client the request that the client's replica has, with its seed
         * @param replica that has the request; null if the request waits for its adapter, or has
         *     ended
         */
        void begin(GenerationRequest client, @Nullable ReplicaRef replica);
    }
}
