package org.dlora.replica;

import static org.dlora.replica.kv.Invariant.require;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.scheduling.AdapterRef;

/**
 * Prompts that a sequence computes for the other choices of its call. Those are held until its full
 * blocks are in the prefix cache, so a prompt is computed once however many choices begin with it.
 * If the sequence ends or moves before, the next choice computes the prompt.
 */
final class SharedPrompts {
    /** Sequences by prompt. The first one computes it, the others are held. */
    private final Map<Prompt, SequencedSet<Sequence>> computing = new HashMap<>();

    /**
     * A prompt of a call.
     *
     * @param tokens compared by identity: the choices of a call share the array
     */
    private record Prompt(int[] tokens, AdapterRef adapter, PrefixOwner owner) {
        static Prompt of(Sequence sequence) {
            var request = sequence.request();
            return new Prompt(request.prompt(), request.adapter(), request.prefixOwner());
        }
    }

    /** Holds a new sequence if another choice of its call computes their prompt. */
    void came(Sequence sequence) {
        var choices = computing.computeIfAbsent(Prompt.of(sequence), _ -> new LinkedHashSet<>());
        sequence.hold(!choices.isEmpty());
        choices.add(sequence);
    }

    /** Notes that the full blocks of a sequence's prompt are computed. */
    void computed(Sequence sequence) {
        var prompt = Prompt.of(sequence);
        var choices = computing.get(prompt);
        if (choices != null && choices.contains(sequence)) {
            computing.remove(prompt);
            choices.forEach(choice -> choice.hold(false));
        }
    }

    /** Has the next choice compute the prompt if the sequence did, which is here no more. */
    void left(Sequence sequence) {
        var prompt = Prompt.of(sequence);
        var choices = computing.get(prompt);
        if (choices == null || !choices.remove(sequence)) {
            return;
        }
        if (choices.isEmpty()) {
            computing.remove(prompt);
        } else {
            choices.getFirst().hold(false);
        }
    }

    /**
     * Checks that no sequence is held without one that computes its prompt.
     *
     * @param unfinished all sequences
     * @throws IllegalStateException if one is, or if a sequence that has left is known
     */
    void verify(Collection<Sequence> unfinished) {
        var held = new HashSet<Sequence>();
        var all = new HashSet<>(unfinished);
        for (var choices : computing.values()) {
            require(all.containsAll(choices), () -> "a choice that has left shares its prompt");
            require(!choices.getFirst().isHeld(), () -> "a prompt is computed by no choice");
            choices.stream().skip(1).forEach(held::add);
        }
        for (var sequence : unfinished) {
            require(
                    !sequence.isHeld() || (held.contains(sequence) && !sequence.isRunning()),
                    () -> "sequence %d is held for nothing or runs".formatted(sequence.id()));
        }
    }
}
