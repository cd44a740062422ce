package org.dlora.replica;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.kv.BlockTable;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.kv.KvCopy;
import org.dlora.replica.kv.PrefixRoot;
import org.dlora.replica.kv.TokenIds;
import org.jspecify.annotations.Nullable;

/**
 * Moves of sequences out of a replica, and of KV blocks out of and into it. An exported sequence
 * stays here as a value until it runs elsewhere. Copied blocks become cached prefixes: the sequence
 * that comes after them finds them, and computes what is missing.
 */
final class SequenceMoves {
    private final ReplicaShape shape;
    private final Sequences sequences;
    private final AdapterAccounts accounts;
    private final Departures departures = new Departures();

    SequenceMoves(ReplicaShape shape, Sequences sequences, AdapterAccounts accounts) {
        this.shape = shape;
        this.sequences = sequences;
        this.accounts = accounts;
    }

    Departures departures() {
        return departures;
    }

    /** Has the next full blocks of a sequence copied; none while it holds none. */
    void copy(ReplicaCommand.CopyKv wanted, List<ReplicaEvent> events) {
        var sequence = find(wanted.request(), wanted.epoch());
        if (sequence != null) {
            copy(sequence, wanted.firstBlock(), wanted.maxBlocks(), events);
        }
    }

    private @Nullable Sequence find(String request, long epoch) {
        var sequence = sequences.ofRequest(request);
        return sequence == null || sequence.epoch() != epoch ? null : sequence;
    }

    private static void copy(
            Sequence sequence, int firstBlock, int maxBlocks, List<ReplicaEvent> events) {
        int full = sequence.fullBlocks();
        int first = Math.clamp(firstBlock, 0, full);
        var span = sequence.span(first, Math.max(0, maxBlocks));
        int left = full - first - span.blocks().size();
        events.add(new ReplicaEvent.ReadKv(sequence.request().id(), sequence.epoch(), span, left));
    }

    /** Takes a sequence out, with copies of its full blocks that were not copied before. */
    void export(ReplicaCommand.Export wanted, double now, List<ReplicaEvent> events) {
        var sequence = find(wanted.request(), wanted.epoch());
        if (sequence == null) {
            return;
        }
        int first = wanted.firstBlock();
        if (first >= 0 && first < sequence.fullBlocks()) {
            copy(sequence, first, sequence.fullBlocks(), events);
        }
        var state = sequence.export(now);
        sequences.remove(sequence);
        departures.add(state, sequence.epoch(), now);
        events.add(new ReplicaEvent.Exported(state, sequence.epoch()));
    }

    /** Fills blocks that no sequence holds with copies, as far as they follow cached ones. */
    void write(ReplicaCommand.WriteKv wanted, List<ReplicaEvent> events) {
        write(wanted.copy(), events);
        events.add(ReplicaEvent.KvWritten.of(wanted));
    }

    private void write(KvCopy copy, List<ReplicaEvent> events) {
        var account = accounts.find(copy.adapter());
        if (account == null || !isWhole(copy)) {
            return;
        }
        var tokens = new TokenIds(copy.tokens());
        var root = PrefixRoot.of(shape.hashSeed(), account.content(), copy.owner());
        var table = new BlockTable();
        int cached = sequences.beginCached(table, root, tokens, copy.endBlock());
        var filled = new ArrayList<Integer>();
        var contents = new ArrayList<byte[]>();
        if (cached >= copy.firstBlock()) {
            int end = Math.min(copy.endBlock(), cached + sequences.pool().available());
            for (int block : sequences.fillCached(table, root, tokens, copy, end)) {
                filled.add(table.block(block));
                contents.add(copy.blocks().get(block - copy.firstBlock()));
            }
        }
        table.release(sequences.pool());
        if (!filled.isEmpty()) {
            events.add(new ReplicaEvent.StoreKv(filled, contents));
        }
    }

    private boolean isWhole(KvCopy copy) {
        int length = copy.tokens().length;
        boolean isFull = length == copy.endBlock() * KvBlocks.TOKENS;
        boolean isExact = copy.exactTokens() >= 0 && copy.exactTokens() <= length;
        for (int token : copy.tokens()) {
            isFull &= token >= 0 && token < shape.vocabSize();
        }
        return isFull
                && isExact
                && copy.firstBlock() >= 0
                && length < shape.maxSequenceLength()
                && shape.prefixCache();
    }
}
