package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlora.template.sandbox.Budget;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.junit.jupiter.api.Test;

/** A rendering may use its budget to the last step and character, and no more. */
class BudgetTest {
    private final Budget budget = new Budget();

    @Test
    void stepsEndAtTheirBound() {
        budget.spend(Sandbox.MAX_STEPS - 1);
        budget.step();
        assertLimit(budget::step);
    }

    @Test
    void aScanCostsAStepAndOneForEach64Characters() {
        leaveSteps(1 + 2 + 1);
        budget.scan(2 * 64 + 63);
        budget.scan(63);
        assertLimit(() -> budget.scan(0));
    }

    @Test
    void aSearchCostsTheProductOfBothLengths() {
        leaveSteps((1 + 3) * (1 + 2) + 1);
        budget.search(3 * 64, 2 * 64);
        budget.search(63, 63);
        assertLimit(() -> budget.search(0, 0));
    }

    @Test
    void stringsMayTakeAllMemoryButNoneBeyond() {
        budget.allocate(Sandbox.MAX_ALLOCATION);
        budget.allocate(0);
        assertLimit(() -> budget.allocate(1));
    }

    @Test
    void aStringLongerThanAllMemoryIsRefusedWhateverIsLeft() {
        assertLimit(() -> new Budget().allocate(Sandbox.MAX_ALLOCATION + 1));
        assertLimit(() -> new Budget().allocate(Long.MAX_VALUE));
    }

    @Test
    void anItemCountsAsEightCharactersAndAListAsOneItemMore() {
        budget.allocate(Sandbox.MAX_ALLOCATION - 8 * (1 + 3) - 8);
        budget.allocateItems(3);
        budget.allocateItems(0);
        assertLimit(() -> budget.allocate(1));
    }

    @Test
    void aListOfAnySizeIsRefusedWithoutOverflow() {
        assertLimit(() -> budget.allocateItems(Long.MAX_VALUE));
    }

    @Test
    void depthEndsAtItsBoundAndIsGivenBack() {
        for (int i = 0; i < Sandbox.MAX_DEPTH; i++) {
            budget.enter();
        }
        budget.leave();
        assertThatCode(budget::enter).doesNotThrowAnyException();
        assertLimit(budget::enter);
    }

    @Test
    void enteringCostsAStep() {
        leaveSteps(1);
        budget.enter();
        budget.leave();
        assertLimit(budget::enter);
    }

    private void leaveSteps(long steps) {
        budget.spend(Sandbox.MAX_STEPS - steps);
    }

    private static void assertLimit(ThrowingCallable use) {
        var failure = catchThrowableOfType(TemplateException.class, use);
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(Kind.LIMIT);
    }
}
