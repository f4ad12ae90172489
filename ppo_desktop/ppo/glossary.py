"""Everything the window can explain, in one place: tooltips and explanations both come from here.

Hyperparameters and the numbers that a run reports bring their own explanation with their declaration; all
else is written down here: concepts, and what the controls do. Numbers in the texts were
measured with this program's own settings, on CartPole unless another environment is named.
"""

from __future__ import annotations

from ppo_desktop.ppo.explanation import Explanation
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.quantities import QUANTITIES

_BEFORE_THE_UPDATE = "before the update, with the critic that collected the rollout"

_STATUS = {
    "entropy_unit": Explanation(
        "Bits and nats",
        "Two units of entropy. Bits are the slides' unit; the loss is always in nats.",
        formula="bits = nats / ln 2",
        source="Slide “Entropy of a probability distribution”",
    ),
    "steps": Explanation(
        "Environment steps",
        "Steps of all agents together since the run began; the horizontal axis of every plot.",
        library_name="total_timesteps",
    ),
    "episodes": Explanation(
        "Episodes",
        "How many have ended so far. An episode ends when the environment says so; rollouts go on across its "
        "end.",
        source="Slide “Rollouts and minibatches”",
    ),
    "rate": Explanation(
        "Steps a second",
        "Environment steps of all agents a second of your time, measured over the last second or so.",
        library_name="fps",
    ),
    "engine": Explanation(
        "Engine",
        "What does the arithmetic. The fast engine is compiled and knows the built-in environments; the "
        "PyTorch engine is the readable reference and takes any. Both compute the same quantities and agree "
        "but for rounding, so that long runs of one seed drift apart.",
    ),
}

_CONCEPTS = {
    "update_loop": Explanation(
        "Rollout, epoch, minibatch",
        "Rollout: N agents take T steps with the policy as it is. Epoch: one pass through those samples, cut "
        "into M minibatches. Each minibatch is one gradient step. After K epochs the rollout is thrown away.",
        formula="N·T samples, then K·M gradient steps",
        source="Slides “Rollouts and minibatches” and “PPO with multiple epochs”; Schulman et al. 2017",
    ),
    "probability_ratio": Explanation(
        "Probability ratio r",
        "How much more likely an action is under the present policy than under the one that took it.",
        formula="r = π(a|s) / π_old(a|s) = exp(log π − log π_old)",
        high="Above 1 the action has become more likely.",
        low="Below 1 it has become less likely; exactly 1 before the first gradient step.",
        library_name="ratio",
        source="Slide “The probability ratio”; Schulman et al. 2017",
        measured="before the gradient step that is shown",
    ),
    "clipped_objective": Explanation(
        "Clipped surrogate objective J",
        "What PPO climbs. The smaller of the two terms counts, so a ratio that has left the band on the side "
        "to which its advantage pushes gets no gradient.",
        formula="J = E[ min( r·Â, clip(r, 1−ε, 1+ε)·Â ) ]",
        high="Good actions have become more likely and bad ones less; measured on the old samples only.",
        low="The other way round; about 0 before the first gradient step.",
        source="Slide “The PPO objective function”; Schulman et al. 2017",
        measured="before the gradient step that is shown",
    ),
    "advantage": Explanation(
        "Advantage Â",
        "How much better an action turned out than the critic expected of its state.",
        formula="Â = δ + γλ·Â′,  δ = r + γ·V(s′) − V(s)",
        high="Above 0 the action becomes more likely.",
        low="Below 0 it becomes less likely.",
        library_name="advantages",
        source="Slide “PPO loss calculation”; Schulman et al. 2016",
    ),
    "value": Explanation(
        "Value V(s)",
        "The discounted return the critic expects from this state on, in units of the scaled return if "
        "rewards are scaled.",
        formula="V(s) ≈ E[ r₀ + γ·r₁ + γ²·r₂ + … ]",
        high="A promising state.",
        low="A state from which little is to be expected.",
        source="Slide “PPO loss calculation”; Sutton & Barto 2018",
    ),
    "ratio_is_one": Explanation(
        "All ratios are 1",
        "Before the first gradient step on a rollout the policy still is the one that collected it: every "
        "ratio is 1 and ε does nothing. With one step per rollout it is always so. That step moves the "
        "policy: KL and largest ratio, measured after it, are not 0 and 1.",
        formula="π = π_old, so r = 1",
        source="Slide “Towards PPO with batch updates”",
    ),
    "episode_return": Explanation(
        "Return of this episode",
        "Sum of the rewards of the episode shown, from its start up to now.",
        formula="r₀ + r₁ + … + rₜ",
        source="Sutton & Barto 2018",
    ),
    "state_entropy": Explanation(
        "Entropy in this state",
        "How uncertain the policy is in the state shown; the plot has its mean over the rollout's states.",
        formula="H = −Σ π(a|s) · log₂ π(a|s) bits",
        high="Nearly any action will do, or the policy has not learnt yet.",
        low="One action is clearly preferred.",
        source="Slide “Entropy of a probability distribution”",
    ),
    "policy": Explanation(
        "Policy π(a|s)",
        "The probability of each next action in the state shown, or for continuous actions a Gaussian's mean "
        "and width. The blue mark, like the arrow in the scene, is the last action: the one that led here. "
        "Below is its entropy (of a density negative when σ < 0.242) and what is beyond the bounds, orange.",
        formula="a ~ π(·|s)",
        source="Slide “Implementing the entropy bonus”",
    ),
}

_PARTS = {
    "train_page": Explanation(
        "Train page",
        "One run, live. Left: what you can change. Middle: one agent, and the gradient step being taken. "
        "Right: what comes of it. Point at anything, or reach it with Tab, and press F1 or ? to have it "
        "explained; Esc closes.",
    ),
    "compare_page": Explanation(
        "Compare page",
        "What a hyperparameter does: one learner for each value and seed, all trained side by side. Above: "
        "their environments. Left: their curves. Right: what came of it, and how sure one can be. Point at "
        "anything, or reach it with Tab, and press F1 or ? to have it explained; Esc closes.",
        source="Slide “How to choose hyperparameter values”",
    ),
    "stage": Explanation(
        "Environments side by side",
        "Each is played in an environment of its own, with actions drawn from what the run of that value and "
        "of the seed shown has learnt by now. The number is the return over the last 20 %, mean over seeds. "
        "Some time after the end each rests (▶): point at it to play again. A double click opens the run in "
        "Train.",
    ),
    "hyperparameters": Explanation(
        "Hyperparameters",
        "Everything that can be set. A change acts on the running learner, at the moment its tooltip names, "
        "and leaves a mark on every curve. A double click on a slider returns to the default.",
        source="Slide “What are hyperparameters”",
    ),
    "environment": Explanation(
        "Environment",
        "What one of the agents is doing now: the state it sees and the action it takes.",
        source="Gymnasium, Towers et al. 2024",
    ),
    "update": Explanation(
        "Inside the update",
        "The gradient step being taken: every sample of the minibatch at its probability ratio and its "
        "objective, as they are before that step.",
        source="Slide “The PPO objective function”",
    ),
    "plots": Explanation(
        "Curves",
        "What has been measured so far over environment steps. Turn the wheel to zoom, drag to move, double "
        "click to see the whole run again. The title of a small plot lets another be chosen in its place.",
    ),
    "comparison_curves": Explanation(
        "Curves of the comparison",
        "Every value as one line: the mean over its seeds, with a bootstrap interval over them as a band, of "
        "95 % when all runs have ended. The budget is cut into 100 equal parts, and a point is the mean of "
        "what ended in its part. Point at a line to see it alone; wheel, drag and double click as in Train.",
        high="Wide bands: the seeds disagree, or they are few.",
        low="Narrow bands; with three seeds they are still too narrow in one case of four.",
    ),
    "symptom": Explanation(
        "Symptoms",
        "What the latest updates and episodes show with certainty, and values to try against it: a click "
        "sets one, Undo takes it back. Where nothing is certain nothing is said: curves can look odd without "
        "any harm.",
    ),
    "message": Explanation(
        "Message",
        "What the app has to tell you: what was refused, what went wrong, else a hint for the page shown, on "
        "Train what the preset is for. A button beside it does what it offers; the cross, or Escape, puts it "
        "away.",
    ),
    "focus": Explanation(
        "One card on the whole page",
        "Lets one card fill the page: the one that has the focus, else the largest; the key F, the one under "
        "the mouse; a double click on a title, that card. The same again, or Escape, brings the page back.",
    ),
    "share": Explanation(
        "Pass on this state",
        "What Train shows as one line, such as ppo:1:CartPole-v1?clip_range=0.1&seed=3, or as a QR code: "
        "settings, where the run pauses, what is shown and hidden. Copy it from the menu; paste it in the "
        "window with Ctrl+V, or give it to ppo-desktop as its argument.",
    ),
    "lock": Explanation(
        "Hidden controls",
        "Controls can be hidden, so that only what the present question needs is there: by the menu, or by a "
        "line that is passed on. Their values stay. The button shows all of them again.",
    ),
    "documentation": Explanation(
        "Documentation",
        "What the program is shipped with to read: how results are computed, what symptoms mean, how files "
        "are kept.",
    ),
}

_CONTROLS = {
    "environment_choice": Explanation(
        "Environment",
        "What is learnt. Choosing another begins a new run with its default preset. “Other id…” takes any of "
        "Gymnasium's, with arguments if need be: FrozenLake-v1?is_slippery=False.",
    ),
    "algorithm": Explanation(
        "A2C or PPO",
        "A2C takes one gradient step per rollout; PPO takes several and clips. Choosing the other begins a "
        "new run with the same seed.",
        source="Slides “A2C” and “PPO”; Mnih et al. 2016; Schulman et al. 2017",
    ),
    "preset": Explanation(
        "Preset", "Settings that are known to learn in this environment. The run goes on with them."
    ),
    "train": Explanation("Train", "Train, or pause; nothing is lost by pausing (Space)."),
    "step": Explanation(
        "Step", "Go on by one step and pause (→ environment step, Shift+→ minibatch, Ctrl+→ update)."
    ),
    "look_back": Explanation(
        "Look back",
        "Show the step before (←), as it was; → returns. Nothing is undone: training goes on from the newest "
        "step. The last 60 steps are kept while they are shown one by one, in slow motion or by Step.",
    ),
    "step_kind": Explanation(
        "Kind of step",
        "How far Step goes: one environment step of every agent, one minibatch, one epoch or one update.",
    ),
    "breakpoint": Explanation(
        "Pause when",
        "Let the run pause by itself right where a number comes to lie above or below a value, at the first "
        "clipped sample, after an update, or when the mean return has fallen from its best. With Train it "
        "goes on, and pauses when that happens again. A click on the condition takes it away.",
    ),
    "reset": Explanation("Reset", "Begin the run anew with the same seed (R). The run before is kept."),
    "new_seed": Explanation(
        "New seed", "Begin a run with another seed (N). One seed proves little; look at three at least."
    ),
    "timeline": Explanation(
        "Play head",
        "Which update of the run is shown. Drag it, or press ← and → (Ctrl+← from anywhere), to go back to "
        "any moment: environment, samples, numbers and sliders are those of then, for it is computed again, "
        "bit for bit. What came later is drawn faint; nothing is lost. End returns to where the run is.",
    ),
    "continue_here": Explanation(
        "Continue from here",
        "Learn on from the moment that is shown, with the values that the sliders have now. That is a "
        "branch, a run of its own; the one it leaves stays as it is, and is drawn faint behind it.",
    ),
    "replay": Explanation(
        "Replay",
        "Let the run do again what it did, from the play head to its end, where it pauses; with the play "
        "head at the end, from the beginning. Speed sets how fast. Stop stays at the moment reached.",
    ),
    "before_the_fall": Explanation(
        "Before the fall",
        "Go back to a moment at which all was well, a few updates before the run was at its best, and pause "
        "there. Change a value, then continue from there.",
    ),
    "recent_runs": Explanation(
        "Recent runs",
        "Every run is kept by itself, from its first update on. Open one where it ended, and go on with it; "
        "all others are on the Runs page.",
    ),
    "speed": Explanation(
        "Speed",
        "How many steps are shown a second (− and +): while a rollout is collected a step of every agent at "
        "once, then gradient steps, a minibatch each. It changes when things happen, never what happens.",
    ),
    "menu": Explanation("Menu", "Appearance, projector mode, undo, documentation, shortcuts, log file."),
    "seed": Explanation(
        "Seed",
        "The number from which the run draws all its randomness: the same seed and settings give the same "
        "run on the same computer. Enter begins a new run.",
    ),
    "undo": Explanation("Undo", "Take the last change of a hyperparameter back (Ctrl+Z)."),
    "redo": Explanation("Redo", "Make the change undone last again."),
    "section": Explanation("Section", "Show or hide these hyperparameters."),
    "changed_from_preset": Explanation(
        "Changed from the preset",
        "Which values differ from the nearest preset, and its own. How long a run trains is no such change, "
        "except where α and ε fall to 0 until then.",
    ),
    "agent": Explanation("Agent shown", "Which of the agents is shown; all of them learn."),
    "picture": Explanation("Gymnasium's picture", "Show what Gymnasium itself draws instead of our picture."),
    "whole_run": Explanation("Whole run", "Show the whole run again (double click in a plot)."),
    "samples": Explanation(
        "Samples of the minibatch",
        "Every number of every sample of the current gradient step: the agent, its state and action, the "
        "probabilities before and now, the ratio, the advantage, both terms of the objective and the smaller "
        "of them.",
        formula="min(r·Â, clip(r, 1−ε, 1+ε)·Â)",
        source="Schulman et al. 2017",
    ),
    "ratio_axis": Explanation(
        "Axis of ratios",
        "Down: ratios from 0 to 2, whatever ε is, so that bands of different ε can be compared. Up: a range "
        "in which the present band is well seen.",
    ),
    "copy_csv": Explanation(
        "Copy as CSV",
        "Copy the table as CSV, in the order shown, or every number of the picture (Ctrl+C).",
    ),
    "sample": Explanation(
        "Selected sample",
        "What the agent of the selected sample saw, and the action it took there. Click to leave it.",
    ),
    "spread": Explanation(
        "Spread",
        "How many samples have which advantage, and how many states of the rollout which entropy.",
        high="Wide: samples and states differ much.",
        low="Narrow: they are nearly alike.",
    ),
    "pin": Explanation(
        "Pin", "Keep the present curves as a faint baseline while later runs are drawn over them."
    ),
    "scene": Explanation("Scene", "Show the environment itself."),
    "map": Explanation(
        "Map",
        "What the policy would do and what the critic expects, all over the states of the environment. "
        "V(s) is in units of the return, scaled where rewards are.",
        high="V(s) is high where much reward is still to come.",
        low="It is low where little is, or where the end is near.",
    ),
    "map_picture": Explanation(
        "What the map shows",
        "What the networks say of all states, or what has happened in the rollout that is learnt from.",
    ),
    "visits_map": Explanation(
        "Visits and terminations",
        "How many of the T·N states of the rollout that is learnt from lie in each cell. Parts of a state "
        "without an axis do not count; what is beyond an edge counts at it. Crosses: where episodes "
        "terminated, by failing (CartPole) or at the goal (mountain cars), not at a time limit.",
        high="A strong colour: the agents were often there. The scale is logarithmic.",
        low="Hatched: they never were. What the networks say of such states is learnt from others.",
    ),
    "critic_error_map": Explanation(
        "Critic's error",
        "V(s) − R, the mean over the visits of the rollout to each cell. R = Â + V(s) is the return that the "
        "critic is to learn, with Â of GAE before it is normalised, and V(s) that of before the update. A "
        "cell that was not visited is hatched: nothing is guessed between cells.",
        formula="mean(V(s) − R) over the visits of a cell",
        high="Above 0 the critic expects too much there.",
        low="Below 0 it expects too little.",
        source="Schulman et al. 2016",
        measured=_BEFORE_THE_UPDATE,
    ),
    "show_seeds": Explanation(
        "Single seeds", "Draw the curve of every single seed besides the mean, as a thin line."
    ),
    "comparison_column": Explanation("Figure drawn", "Choose what this plot shows."),
    "effect": Explanation(
        "Effect curve",
        "Small points are seeds. When all runs have ended there are bars, a 95 % percentile bootstrap over "
        "seeds, too narrow with few: with 3 it holds the true mean in about 3 of 4 cases. Differences are "
        "paired by seed, with Student's t interval, each at 95 % on its own: of 20 such statements one may "
        "be wrong.",
        source="Efron & Tibshirani 1993; Agarwal et al. 2021",
    ),
    "effect_measure": Explanation(
        "Result of a run", "The one number that each run is judged by here. All are in the table."
    ),
    "effect_centre": Explanation(
        "Mean over seeds",
        "What stands for several seeds: their mean, or the mean of their middle half, on which single lucky "
        "or unlucky seeds have no hold. Of fewer than four seeds both are the same.",
        source="Agarwal et al. 2021",
    ),
    "effect_reference": Explanation(
        "Reference",
        "The value that all others are compared with, seed by seed. Its mean is the dashed level.",
    ),
    "comparison_table": Explanation(
        "Results of a comparison",
        "A row for each value: means over seeds. A click on a header sorts, a third one restores the order. "
        "A double click opens the first seed in Train; the menu of a row has the others.",
    ),
    "optimisation_history": Explanation(
        "Optimisation history",
        "What every trial reached, by its number, and the best so far as a line. Pruned trials stand at what "
        "they had reached; those without a value are strokes at the bottom. Point at a trial to see it in "
        "all figures; a double click uses its values in Train.",
        source="Slide “How to choose hyperparameter values”; Akiba et al. 2019",
    ),
    "trial_curves": Explanation(
        "Learning curves of trials",
        "Mean return of a trial's seeds over the steps of each run: strong lines are trials that run now, "
        "thin ones have ended, dotted ones were pruned where they end. The star marks the best trial.",
        source="Slide “How to choose hyperparameter values”",
    ),
    "importance": Explanation(
        "Hyperparameter importance",
        "For PED-ANOVA, how differently the best tenth of the trials and all trials are spread along it; for "
        "the others, how much of the objective's variance it explains. Bars add up to 1; whiskers, which "
        "come later, are 90 % intervals.",
        high="Its value decides a good deal: search it more finely.",
        low="Its value hardly matters within the range searched, or too few trials tell.",
        source="Hutter et al. 2014; Watanabe et al. 2023",
    ),
    "evaluator": Explanation(
        "Method of importance",
        "Ways to compute importance. They ask different questions and need not agree; those that cannot be "
        "used here say why.",
    ),
    "contour": Explanation(
        "Contour",
        "The objective over two hyperparameters on their own scales, estimated from the trials near each "
        "place, whatever their other values. Hatched where no trial is near. Points are the trials.",
    ),
    "contour_pair": Explanation(
        "Hyperparameters shown",
        "What the figure is drawn over: the two most important as soon as there are importances; afterwards "
        "only you choose others.",
    ),
    "slice": Explanation(
        "Slice",
        "The objective of every trial over one hyperparameter on its own scale: pale points were tried "
        "early, strong ones late. Trials one above the other differ in their other values, and by chance.",
    ),
    "parallel_coordinates": Explanation(
        "Parallel coordinates",
        "A line for each trial through its values to the objective, which colours it. Drag along an axis to "
        "see only the trials that pass there; click it to see all again. By keyboard: Shift and ← or → "
        "choose an axis, Shift and ↑ or ↓ a third of it, Delete all.",
        source="Inselberg 1985",
    ),
    "close_explanation": Explanation("Close", "Close this explanation (Esc, or F1 again)."),
    "vary": Explanation(
        "What varies",
        "The hyperparameter whose values are compared; or two free configurations, A against B. All else "
        "is the same in all runs.",
    ),
    "compared_values": Explanation(
        "Values to compare",
        "Up to 8 values, with blanks, commas or semicolons between them; Enter confirms. Those suggested are "
        "spread over the whole scale.",
    ),
    "sides": Explanation(
        "A against B",
        "Two configurations, each a preset, the present settings of Train or the pinned run, trained with "
        "either algorithm.",
    ),
    "compare_seeds": Explanation(
        "Seeds",
        "Each value is trained with the seeds 1…K, the same for all, so that runs of one seed make a pair.",
        high="Real differences stand out from chance; it takes longer.",
        low="Quick. With one seed nothing is proved.",
    ),
    "compare_steps": Explanation(
        "Steps of each run",
        "Environment steps that count in every run, whether solved or not: 150 000, 150k or 1.5M. The last "
        "rollout may go beyond them.",
    ),
    "compare": Explanation(
        "Compare",
        "Train all runs side by side, or pause them (Space). With the comparison shown it trains only what "
        "is missing.",
    ),
    "stop_comparison": Explanation(
        "Stop", "End the runs where they are. Those that have finished stay; Continue trains the others anew."
    ),
    "ready_made": Explanation(
        "Ready-made comparisons",
        "One click sets up and starts a comparison that is known to show something; under Folklore, what is "
        "often said and is not seen here.",
    ),
    "all_else": Explanation(
        "All else",
        "Where the values come from that do not vary: a preset, the present settings of Train, or the pinned "
        "run.",
    ),
    "comparison_estimate": Explanation(
        "What is set up",
        "How many runs and steps the next start will train, and about how long that takes; or why it cannot.",
    ),
    "kept_comparisons": Explanation(
        "Kept comparisons",
        "Every finished run is kept at once. Open an earlier comparison, rename or delete the one shown.",
    ),
    "rename_comparison": Explanation("Name", "What the comparison is called. Enter confirms, Esc leaves it."),
    "delete_comparison": Explanation(
        "Delete", "Delete the file of the comparison shown, with all of its runs. It cannot be undone."
    ),
    "export": Explanation(
        "Export",
        "The figure as PNG or SVG, with a line that says what was compared; the table and all runs as CSV, "
        "always with a decimal point.",
    ),
    "comparison_progress": Explanation(
        "Progress", "What the comparison is doing, and which part of all its steps is done."
    ),
    "steps_each": Explanation(
        "Steps each", "Environment steps that every run has done: the results shown are those after so many."
    ),
    "time_left": Explanation("Time left", "About how long it will still take at the present speed."),
    "seed_shown": Explanation(
        "Seed shown", "Whose policies act in the environments side by side; all seeds learn."
    ),
}

_PICTURES = {
    "update_pictures": Explanation(
        "Further pictures",
        "Pictures of the same update, each for a question of its own. The numbers stand below the picture; "
        "Copy CSV has all of them.",
    ),
    "ratio_histograms": Explanation(
        "Ratios step by step",
        "The ratios of the minibatch before gradient step 1, 2, 4, … of this update, on one axis. Before the "
        "first step all are 1: ε does nothing yet. Each step moves the policy, and they leave 1; the clip "
        "takes gradients away, but holds no ratio back. Each row is as high as its tallest bar, a low bar 3 "
        "pixels.",
        formula="r = π(a|s) / π_old(a|s)",
        high="Far spread after few steps: large steps, or many samples that push the same way.",
        low="Close to 1 to the end: small steps, or a policy that has collapsed.",
        source="Schulman et al. 2017",
        measured="before each gradient step, over its minibatch",
    ),
    "effective_samples": Explanation(
        "Effective sample size",
        "In later epochs the samples are those of an older policy, weighted by their ratios. They say as "
        "much as so many samples of the present policy. It is why a rollout can be used several times, and "
        "why not for ever.",
        formula="(Σr)² / Σr²  of n samples",
        high="Near 100 % all samples count: the policy is still close to the one that acted.",
        low="Few samples outweigh all others: the rollout is used up.",
        source="Kish 1965, “Survey Sampling”; Owen 2013, “Monte Carlo theory, methods and examples”",
        measured="in each epoch, with every ratio as it was before its gradient step",
    ),
    "kl_estimates": Explanation(
        "KL: three estimates",
        "How far the policy has moved from the one that acted, KL(π_old ‖ π), estimated from the samples in "
        "three ways, beside the exact value for the same states. A divergence is never negative; an estimate "
        "from single samples can be: k1 often is. Thin lines: one standard deviation (sd); "
        "thick: ± a standard error of the mean.",
        formula="x = log π − log π_old:  k1 = −x,  k2 = x²/2,  k3 = eˣ − 1 − x",
        high="Far spread: its mean says little about the exact value, and may have the wrong sign.",
        low="Closely spread, as k3 is: its mean is near the exact value.",
        library_name="approx_kl",
        source="Schulman 2020, “Approximating KL divergence”",
        measured="before the gradient step that is shown, over its minibatch",
    ),
    "normalised_advantages": Explanation(
        "Advantages before and after",
        "Normalising takes the minibatch's mean from each advantage and divides by its standard deviation. "
        "An advantage between 0 and the mean changes its sign: an action that was better than expected, but "
        "less so than the others, is made less likely.",
        formula="Â ← (Â − mean) / (std + 1e−8)",
        high="Many signs flip: the critic was wrong about all states alike, which the mean takes away.",
        low="Hardly any flips: the mean was near 0 already.",
        library_name="normalize_advantage",
        source="Huang et al. 2022, “The 37 implementation details of PPO”",
        measured="for the gradient step that is shown, over its minibatch",
    ),
    "loss_terms": Explanation(
        "Terms of the total loss",
        "What gradient descent makes small, and what each term adds to it, in nats for the entropy. Policy "
        "and value networks share no weights, so a large value loss does not drown the policy's gradient, "
        "but both share the limit of the gradient norm.",
        formula="L = L_policy + c_V·L_value − c_H·H",
        high="A long bar is a large number, not a strong pull: the gradient norms tell that.",
        low="The policy's term is about 0 at each first step, whatever is still to be learnt.",
        source="Slide “Implementing the entropy bonus”; Schulman et al. 2017",
        measured="before the gradient step that is shown, over its minibatch",
    ),
    "forward_pass": Explanation(
        "Forward pass",
        "One state on its way through both networks: the observation, normalised where that is switched on, "
        "what each hidden unit passes on, and at the right the policy and V(s). A large dot is a large "
        "number of its layer. It is the state that Environment shows, or a sample that is followed.",
        formula="h₁ = f(W₁·s + b₁), h₂ = f(W₂·h₁ + b₂), …",
        measured="now; of a sample followed while the run goes on, before the gradient step shown",
    ),
    "value_scatter": Explanation(
        "V against return",
        "What the critic expected of each state of the rollout, V(s), against what it is to learn, the "
        "return R = Â + V(s). The cloud is the explained variance: how close it lies to a line of slope 1, "
        "compared with how far it spreads upwards.",
        formula="1 − Var(R − V) / Var(R)",
        high="Near 1 the points lie along the diagonal, or beside it at the same distance.",
        low="At 0 V says no more than a constant; below 0 it misleads, or R hardly varies.",
        library_name="explained_variance",
        source="Sutton & Barto 2018",
        measured=_BEFORE_THE_UPDATE,
    ),
    "cut_off_episode": Explanation(
        "V at a time limit",
        "An episode cut off by a time limit: at rest a whole one, played, else the part in the rollout. To "
        "the last reward γ·V of what is seen then is added, as the agent could go on. Without that, dashed, "
        "the critic would learn that nothing comes after, and it would spread to the steps before.",
        formula="R_T = r_T + γ·V(s_{T+1}), else r_T",
        source="Pardo et al. 2018",
        measured="played: with the networks as they are now; a part of the rollout: before the update",
    ),
    "value_loss_steps": Explanation(
        "Value loss beside Var(R)",
        "The critic's loss before each gradient step, and the variance of the returns that it is to learn. "
        "A critic that says the mean of R in every state has a loss of Var(R). Returns that grow make both "
        "larger: a value loss that rises need not be bad.",
        formula="mean((R − V(s))²)  beside  Var(R)",
        high="Above Var(R) the critic knows less than the mean would say.",
        low="Far below Var(R) it foresees most of what differs from state to state.",
        library_name="value_loss",
        source="Slide “PPO loss calculation”; Schulman et al. 2017",
        measured="before each gradient step, over its minibatch",
    ),
}

_JUDGING = {
    "judgement": Explanation(
        "How good is it really?",
        "Plays the policy of the moment shown from 100 start states that are the same for every policy, "
        "sampled and deterministic, and learns nothing from it. The curves of learning cannot say this: they "
        "lag behind, and by them the moment was chosen. Strokes are means, their feet the 95 % intervals.",
    ),
    "opened_policy": Explanation(
        "Policy from a file",
        "A policy that was exported here, or a PPO or A2C of Stable-Baselines3, plays without learning. Only "
        "numbers and JSON are read; nothing in the file is executed. Its networks: fully connected, tanh or "
        "ReLU, 1 to 4 hidden layers of at most 256 units.",
    ),
    "policy_environment": Explanation(
        "Where it plays",
        "The environment that the file names, else those that take as many numbers and actions as its "
        "networks have. Another environment can be of the same size: then it plays, and makes no sense.",
    ),
    "judging_stop": Explanation("Stop judging", "End it here; the episodes that have been played stay."),
    "judging_update": Explanation(
        "Judge another update",
        "Judges the same run after this update, too; Enter confirms. Of a run that is not kept there is only "
        "the moment shown.",
    ),
    "export_judgements": Explanation(
        "Export of judgements",
        "The histograms as PNG or SVG; the return of every episode as CSV, always with a decimal point.",
    ),
    "watch": Explanation(
        "Watch",
        "Let the policy of the moment shown play, without learning, until Train goes on. Learning pauses "
        "meanwhile, and nothing of it is changed. Where the play head is moved, it follows.",
    ),
    "acting": Explanation(
        "How it acts",
        "Sampled: each action is drawn from the policy, as in learning. Deterministic: it is always the most "
        "probable one.",
    ),
    "ghost": Explanation(
        "Ghost",
        "Another policy that plays at the same time, drawn faint, from the same start states: that of this "
        "moment, kept while you go on to others, of an earlier one, or that before learning. Where there is "
        "only a picture of the environment it stands at the right.",
    ),
    "by_hand": Explanation(
        "Perturb by hand",
        "To push, drag on the picture or press ← and →: ω of a pole or rod, ω₁ of Acrobot or a car's v "
        "changes, within its limits. In the grid, drag agent or goal, and draw walls; or move a mark by the "
        "arrows: A puts the agent there, G the goal, Enter a wall. A ghost gets the same, the run nothing. "
        "Such episodes count apart.",
    ),
    "watched": Explanation(
        "Returns watched",
        "Episodes watched to their end and the mean of their returns. They are no part of learning and are "
        "in none of its curves.",
    ),
}

_LUCK = {
    "luck_or_fate": Explanation(
        "Luck or fate?",
        "Lets the run go on from one moment several times, side by side, with nothing changed but the random "
        "numbers: actions, minibatches and start states are drawn with another seed. What all branches come "
        "to was fate; what only one comes to was luck.",
    ),
    "luck_moment": Explanation(
        "After which update",
        "The moment at which all branches begin: the end of this update of the run.",
    ),
    "luck_steps": Explanation(
        "Steps of each branch",
        "Environment steps for which each branch goes on. Total steps and Stop when solved do not end it.",
    ),
    "luck_change": Explanation(
        "What is changed",
        "Lets all branches begin with another value of one hyperparameter, or with what the sliders in Train "
        "say: the same moment and the same seeds, so that both fans can be compared.",
    ),
    "luck_stop": Explanation(
        "Stop the branches", "End the branches where they are; their curves so far stay."
    ),
    "export_fans": Explanation(
        "Export of branches",
        "The figure as PNG or SVG, with a line that says what became of the branches; the mean returns of "
        "all branches as CSV, always with a decimal point.",
    ),
    "luck_results": Explanation(
        "What became of the branches",
        "Collapsed: the entropy was below 0.02 bits in the last 5 updates, and half of what the run had "
        "gained was lost, or the return was no better than at its start. Fell back: so much was lost, with "
        "more entropy. Diverged: numbers beyond all bounds. Held: none of these at its end.",
    ),
}

_RUNS = {
    "runs_page": Explanation(
        "Runs page",
        "Everything that was learnt in Train. Above: a row for each run. Below: the curves of those that are "
        "selected. Point at anything, or reach it with Tab, and press F1 or ? to have it explained; Esc "
        "closes.",
    ),
    "lessons_page": Explanation(
        "Lessons page",
        "Lessons in the order of the course. Each asks what will happen, lets it happen, asks what was seen, "
        "and only then says why; the verdict comes from several seeds. Your run in Train stays as it is. "
        "Point at anything, or reach it with Tab, and press F1 or ? to have it explained.",
    ),
    "lesson_list": Explanation(
        "All lessons",
        "The course in its order. A tick stands before what you have gone through to the end; the answers "
        "are kept, and a lesson can be done again. One that was left goes on at its step.",
    ),
    "begin_again": Explanation(
        "Start the lesson over",
        "Shows the lesson from its first question and forgets what was answered in it.",
    ),
    "lesson": Explanation(
        "Lesson",
        "A question, a prediction, an experiment with one change, and the explanation. It takes five to ten "
        "minutes. Its cards show what it needs and nothing else; their axes stay as they are.",
    ),
    "open_lesson": Explanation(
        "Open lesson",
        "Opens a lesson of your own from a text file; Documentation in the menu says how one is written. "
        "Nothing in such a file is executed. What is wrong in it is said with its line.",
    ),
    "lesson_answer": Explanation(
        "Answer",
        "Choose what you expect, or what you saw. It counts when you commit it.",
    ),
    "lesson_reason": Explanation(
        "Reason",
        "One line on why you expect that. Who writes it down sees more of what then happens.",
    ),
    "lesson_run": Explanation(
        "Run the change",
        "Lets the run with the change play, from its beginning and with the same seed; the run before it "
        "stands behind in grey. Meanwhile all pairs learn for the verdict. It waits for your prediction.",
    ),
    "lesson_next": Explanation(
        "Next step",
        "Commits the answer and shows the next step, as Page Down does.",
    ),
    "lesson_play": Explanation(
        "Play or freeze",
        "Freezes the run of the lesson, so that everything stands still and the numbers stay, or lets it go "
        "on; Space does the same. Your run in Train is another one.",
    ),
    "lesson_pairs": Explanation(
        "Pairs of the same seed",
        "Every seed learns twice, with the change and without it, and with the same random numbers at the "
        "start. What all pairs say together decides: one of them alone may be luck. Sure means with 95 % "
        "confidence.",
    ),
    "class_result": Explanation(
        "Class result",
        "What a class has answered. At the end of a lesson each pupil copies one line, with the prediction, "
        "what was seen and the reason, and no name; the teacher pastes all lines and sees how many "
        "answered what. Nothing is sent anywhere.",
    ),
    "recorded_runs": Explanation(
        "Recorded runs",
        "Shows runs of this lesson that were recorded beforehand, instead of waiting for those that learn "
        "here. Where runs cannot learn, they are shown by themselves.",
    ),
    "lesson_transfer": Explanation(
        "Elsewhere",
        "Sets a run in another environment in Train, ready to begin; or take the command home and type it "
        "there. The run that Train shows now is kept.",
    ),
    "runs_table": Explanation(
        "Kept runs",
        "Every run in Train is kept by itself from its first update, whatever happens to it there. A branch "
        "stands below the run that it has left. A double click opens a run in Train, where it ended: it goes "
        "on bit for bit. A click on a header sorts, a third brings the order back. Several runs are "
        "selected with Ctrl or Shift.",
    ),
    "library_kinds": Explanation(
        "What is kept",
        "Runs of Train, comparisons of Compare and studies of Tune: each is kept by itself. The menus of "
        "both pages list the same.",
    ),
    "runs_find": Explanation(
        "Find runs",
        "Shows the runs in which every word stands: in name, note, environment, preset, what differs from "
        "it, seed or date.",
    ),
    "runs_archived": Explanation(
        "Archived runs", "Shows them among the others. They are kept, but put away."
    ),
    "runs_group": Explanation(
        "Group by",
        "Shows runs of the same environment, algorithm and value in one row: mean over their seeds, and how "
        "sure one can be of it. Select rows to see the mean curves with their 95 % bootstrap intervals. "
        "Branches are left out, for they change on their way.",
    ),
    "open_run": Explanation(
        "Open in Train",
        "Shows the selected run in Train where it ended, at rest. There it can go on, and any moment of it "
        "can be gone back to. The run that is there now is kept, too.",
    ),
    "compare_runs": Explanation(
        "Compare kept runs",
        "Sets up a comparison of the settings of the selected runs on the Compare page, with as many seeds "
        "as they have: there all learn anew, side by side and for equally many steps, so that it can be said "
        "how sure a difference is. Their curves as they are stand below.",
    ),
    "star_runs": Explanation(
        "Star", "A star keeps a run for good: it never makes room for others. So do a name and a note."
    ),
    "rename_runs": Explanation(
        "Rename", "Gives the selected runs a name, which also keeps them for good. Empty: no name any more."
    ),
    "note_runs": Explanation(
        "Note", "Notes something with the selected runs, which also keeps them for good."
    ),
    "archive_runs": Explanation(
        "Archive", "Puts the selected runs away, or brings archived ones back. Nothing of them is lost."
    ),
    "delete_runs": Explanation(
        "Delete runs", "Deletes the selected runs. Undo brings them back while the window is open."
    ),
    "runs_columns": Explanation(
        "Columns", "Which columns the table of runs has. They and the order are remembered."
    ),
    "export_run": Explanation(
        "Export of a run",
        "The run shown, as it was where the play head stands, carried on elsewhere: in formats of others, "
        "and its numbers. What it learnt after that moment is left out.",
    ),
    "export_lesson": Explanation(
        "Export of a lesson",
        "The run that plays here, as it was at the moment shown, carried on elsewhere; and the pairs of "
        "runs of which the verdict is, with their curves.",
    ),
    "export_moment": Explanation(
        "After update",
        "As it was after which of its updates the run is exported: 0 is before the first, and without a "
        "choice it is the last.",
    ),
    "export_csv": Explanation(
        "Updates as CSV",
        "A row for each update with every number that is measured of it, always with a decimal point; units "
        "are in the header.",
    ),
    "export_csv_episodes": Explanation(
        "Episodes as CSV", "A row for each episode: when it ended, whose it was, its return and its length."
    ),
    "export_torch": Explanation(
        "PyTorch state dict",
        "The parameters of both networks, and in JSON how they are built. torch.load reads the file with "
        "weights_only=True.",
    ),
    "export_csv_samples": Explanation(
        "Samples as CSV",
        "A row for each sample of a minibatch, just before its gradient step, with every number of the "
        "objective. Of a kept run it is the last step of the update, which is done again for that.",
    ),
    "export_csv_curves": Explanation(
        "Curves as CSV",
        "Every run, a row for each hundredth of its steps: the means of the episodes and updates that ended "
        "there.",
    ),
    "export_comparison_json": Explanation(
        "JSON of a comparison", "What was compared, and every run with its results and its curves."
    ),
    "export_study_json": Explanation(
        "JSON of a study", "What was searched, and every trial with its values, objective and learning curve."
    ),
    "export_json": Explanation(
        "JSON lines",
        "What the run is, what was changed on the way, its episodes and updates: an object each.",
    ),
    "export_runs": Explanation(
        "Export of runs",
        "The selected runs, carried on elsewhere in formats of others or as numbers, several of them as a "
        "folder; the table of the runs that are shown as CSV, with every hyperparameter, and the curves.",
    ),
    "export_python": Explanation(
        "Python program",
        "One readable file that does the run again with gymnasium, numpy and torch alone: the same formulas, "
        "its settings, seeds and what was changed on the way. At the end it says whether it has come to the "
        "same parameters.",
    ),
    "export_report": Explanation(
        "Report",
        "One page for handing in, which needs no network: settings, what was changed, curves, results and "
        "what they do not say, the fingerprint, and how to repeat it. It can be read in light and dark, and "
        "printed.",
    ),
    "film_subject": Explanation(
        "What a film shows",
        "How it learned: moments of the run up to the one shown, about one a second, each played with the "
        "policy of then from the same start states. One episode: the policy of the moment shown, from one of "
        "them.",
    ),
    "film_kind": Explanation(
        "Kind of file",
        "GIF plays everywhere, in up to 255 colours. WebP is exact, and plays in browsers. MP4 is the "
        "smallest, for slides; it needs the program ffmpeg.",
    ),
    "film_has_plots": Explanation(
        "Curves in a film",
        "Return, entropy and clip fraction grow beside the environment, with a mark at every change.",
    ),
    "film_size": Explanation("Size", "Width and height in pixels; words grow with it."),
    "film_seconds": Explanation("Length", "How long the film is; of one episode, how long at most."),
    "film_frame_rate": Explanation("Frames a second", "More are smoother, and make a larger file."),
    "film_speed": Explanation(
        "Speed of a film",
        "How many times as fast as it looks natural the environment goes: at × 1 as in Watch.",
    ),
    "film_acting": Explanation(
        "Actions",
        "Sampled: drawn from the policy, as in learning. Deterministic: always the most probable action, or "
        "the mean.",
    ),
    "film_start": Explanation(
        "Start state",
        "From which of the 100 start states the episode begins: those on which policies are judged.",
    ),
    "film_colours": Explanation("Colours", "Those of the window when it is light, or when it is dark."),
    "export_film": Explanation(
        "Film",
        "The environment, alone or beside curves that grow: how the run learned, moment by moment, each "
        "played from the same start states; or one episode with what it had learnt at the moment shown. "
        "Nothing is learnt from it.",
    ),
    "export_command_line": Explanation(
        "Command line",
        "The command that does the run again without a window, with the values that are not the preset's. "
        "What was changed on the way stands above it.",
    ),
    "export_sb3_code": Explanation(
        "Program for Stable-Baselines3",
        "A few lines that train with Stable-Baselines3, with the nearest settings. Comments say what is done "
        "otherwise there.",
    ),
    "export_onnx": Explanation(
        "ONNX model",
        "Policy and critic as one file for any language: it takes what the environment gives, and returns "
        "probabilities, or mean and σ, the greedy action as the environment takes it, and V(s). "
        "Normalisation is inside.",
    ),
    "export_sb3": Explanation(
        "Stable-Baselines3",
        "What has been learnt, as a zip file that PPO.load or A2C.load opens, to play or to learn on. "
        "Normalised observations are folded into the first layers: give it those of the environment.",
    ),
    "export_comparison_tensorboard": Explanation(
        "Comparison for TensorBoard",
        "A folder that TensorBoard opens: every run with its curves and results, and the hyperparameters for "
        "its HParams page, where the runs of a variant are one group.",
    ),
    "export_study_tensorboard": Explanation(
        "Study for TensorBoard",
        "A folder that TensorBoard opens: every trial with its learning curve, its objective and all "
        "hyperparameters for its HParams page.",
    ),
    "export_tensorboard": Explanation(
        "TensorBoard",
        "A folder that TensorBoard opens: every number of every update and episode under the names that "
        "Stable-Baselines3 gives them, ratios and advantages as histograms, changes as texts, and the "
        "hyperparameters for its HParams page.",
    ),
    "runs_curves": Explanation(
        "Curves of the selected runs",
        "Mean return of the last 100 episodes, as in Train, over the environment steps of each run. A branch "
        "is dashed and begins where it has left its run. Point at a curve to light its row; a double click "
        "opens the run in Train.",
    ),
}

_TUNE = {
    "tune_page": Explanation(
        "Tune page",
        "Search for good hyperparameters: trials with other values learn, and what came of them decides what "
        "is tried next. Left: what is searched, and what counts as good. Right: what the trials say so far. "
        "Point at anything, or reach it with Tab, and press F1 or ? to have it explained; Esc closes.",
        source="Slide “How to choose hyperparameter values”; Akiba et al. 2019, “Optuna”",
    ),
    "search_space": Explanation(
        "Search space",
        "What is searched: tick a hyperparameter and set its range, with the handles, the arrow keys or as "
        "text; a double click on the slider brings the usual range back. What is not ticked stays as in "
        "Train. A study keeps its space, so that all of its trials can be compared.",
    ),
    "study_name": Explanation("Name of a new study", "What the study is called, in its file or database."),
    "tuned_environment": Explanation(
        "Environment searched in",
        "What every trial learns; at first that of Train. A study keeps its environment.",
    ),
    "new_study": Explanation(
        "New study", "Set up another study, beginning with what this one searches. The one shown stays kept."
    ),
    "grid_points": Explanation(
        "Values of the grid", "How many values of the range a grid tries, evenly spaced on its scale."
    ),
    "combinations": Explanation(
        "Combinations", "How many trials the full grid has: the product of the numbers of values."
    ),
    "tune_objective": Explanation(
        "Objective",
        "What is maximised. The evaluation asks how good the learnt policy is at the end, without any "
        "exploration; the return over all steps, which is the area under the learning curve, rewards "
        "learning early too.",
        source="Sutton & Barto 2018; Machado et al. 2018",
    ),
    "tune_steps": Explanation(
        "Steps of each trial's runs",
        "Environment steps of every run of a trial: 50 000, 50k or 1.5M.",
        high="What is best is best for a long training; every trial takes longer.",
        low="Quick, but it prefers what learns fast at first.",
    ),
    "tune_seeds": Explanation(
        "Seeds of each trial",
        "Every trial trains with the seeds 1…K, the same for all, and is judged by their mean.",
        high="A good value is less often mere luck; every trial takes longer.",
        low="Quick. With one seed the best trial may be no more than the luckiest one.",
    ),
    "studies": Explanation(
        "Studies",
        "Set up a new study, or open one: from the folder, from a file or from a database that others work "
        "at too. The one shown can be renamed, copied and deleted.",
    ),
    "study_database": Explanation(
        "Database",
        "The address of a database and the name of a study in it, as Optuna writes them: "
        "postgresql+psycopg://user@host/database. The password has a field of its own; it is neither shown "
        "nor kept.",
    ),
    "rename_study": Explanation(
        "Name of the study", "What the study shown is called. Enter confirms, Esc leaves it."
    ),
    "copy_study": Explanation(
        "Copy the study", "What a copy of the study shown is called. Enter makes and opens it, Esc leaves it."
    ),
    "delete_study": Explanation(
        "Delete the study", "Delete the file of the study shown, with all of its trials. It cannot be undone."
    ),
    "sampler": Explanation(
        "Sampler", "How the values of the next trial are chosen. It can be changed between two starts."
    ),
    "pruner": Explanation(
        "Pruner",
        "Ends trials early that do worse than others did after as many steps. A pruned trial saves time; "
        "its value is that of its last report, and it is never the best.",
    ),
    "n_trials": Explanation(
        "More trials",
        "How many more trials the next start does, or that it goes on until it is stopped. A number may be "
        "typed.",
    ),
    "trials_at_once": Explanation(
        "Trials at once",
        "How many trials learn side by side; as many as there are processors, as a rule.",
        high="More than there are processors only take turns, and the sampler knows less when it chooses.",
        low="The sampler chooses each trial knowing the outcome of nearly all others.",
    ),
    "tune": Explanation("Start", "Search, or pause the running trials; nothing is lost by pausing (Space)."),
    "stop_study": Explanation(
        "Stop the search",
        "Either begin no more trials and let the running ones end, or end them now; what was interrupted is "
        "tried again later. The study is kept either way.",
    ),
    "next_work": Explanation(
        "What the next start does",
        "How many trials and runs the next start does, and about how long that takes; or why it cannot.",
    ),
    "best_trial": Explanation(
        "Best trial",
        "The complete trial with the highest objective. It is best on the seeds it was chosen by: of many "
        "trials the best is partly the luckiest, which fresh seeds show. Of equals it is the earliest.",
    ),
    "use_in_train": Explanation(
        "Use in Train", "Set Train's sliders to the values of the best trial and show Train."
    ),
    "fresh_seeds": Explanation(
        "Check on fresh seeds",
        "Train the best trial, the runner-up and the environment's preset with ten seeds that no trial has "
        "seen, and say at the end whether the differences are real. Bars are 95 % bootstrap intervals of the "
        "mean; differences are paired by seed. A double click on a row opens its values in Train.",
        source="Efron & Tibshirani 1993; Henderson et al. 2018",
    ),
    "stop_check": Explanation(
        "Stop the check", "End the runs with fresh seeds; what they have shown so far stays."
    ),
    "trials_table": Explanation(
        "Table of trials",
        "A row for each trial. A click on a header sorts, a third one restores the order. Point at a row to "
        "light the trial everywhere; a double click opens it in Train as a run.",
    ),
    "tune_progress": Explanation(
        "Progress of the search",
        "How many of the trials asked for have ended; of a grid, of those still to be tried.",
    ),
    "tune_best": Explanation("Best so far", "The highest objective of a complete trial so far."),
    "workers": Explanation(
        "Workers",
        "Programs that work on the study: this window, and others on this or other machines that joined it.",
    ),
    "trial_counts": Explanation(
        "Pruned and failed",
        "Trials that a pruner has ended early, and trials that have no value because their numbers blew up "
        "or their values contradict each other; the table has the reason of each.",
    ),
    "study_place": Explanation(
        "Stored in", "The file or database that holds the study; Optuna and optuna-dashboard open it too."
    ),
    "export_study": Explanation(
        "Export of a study",
        "Each figure as PNG or SVG, with a line that says what was searched; all trials as CSV, always with "
        "a decimal point.",
    ),
}

_MAPS = {
    "maps_page": Explanation(
        "Maps page",
        "One result over two hyperparameters: every combination is trained with the same seeds, coarse to "
        "fine. A map is a study, kept from its first cell on, which goes on whenever it is started again, "
        "and which other machines can join. Point at anything, or reach it with Tab, and press F1 or ? to "
        "have it explained.",
    ),
    "maps": Explanation(
        "Maps", "Set up a new map, or open one that is kept; rename, copy or delete the one shown."
    ),
    "mapped_environment": Explanation(
        "Environment of the map",
        "What every cell learns; at first that of Train. A map keeps its environment.",
    ),
    "map_axis": Explanation(
        "Across and up",
        "The two hyperparameters of which every combination is trained. All others are as in Train, or of "
        "the first preset where the environment is another one.",
    ),
    "map_values": Explanation(
        "Values along an axis",
        "LOW:HIGH:COUNT are so many values from one end to the other, evenly on the scale of the "
        "hyperparameter: 1e-4:1e-2:9. Or write them one by one, as in Compare: 0.1, 0.2, 0.4, off.",
    ),
    "map_seeds": Explanation(
        "Seeds of each cell",
        "Every cell is so many runs, with the same seeds everywhere: cells differ by their values only.",
    ),
    "map_steps": Explanation(
        "Steps of each run of a map", "Environment steps of every run; 30 000, 30k or 1.5M."
    ),
    "map_start": Explanation(
        "Start of a map", "Measure all cells, or pause; nothing is lost by pausing (Space)."
    ),
    "stop_map": Explanation(
        "Stop of a map",
        "End after the cells at work, or now: what is cut off is measured again later. The map is kept "
        "either way.",
    ),
    "map_next_work": Explanation(
        "What the next start measures",
        "How many cells and runs the next start does, and about how long that takes; or why it cannot.",
    ),
    "rename_map": Explanation(
        "Name of the map", "What the map shown is called. Enter confirms, Esc leaves it."
    ),
    "copy_map": Explanation(
        "Copy the map", "What a copy of the map shown is called. Enter makes and opens it, Esc leaves it."
    ),
    "delete_map": Explanation(
        "Delete the map", "Delete the file of the map shown, with all of its cells. It cannot be undone."
    ),
    "ready_map": Explanation(
        "Ready-made map", "Set up this question; all of it can be changed before Start is pressed."
    ),
    "map_of_cells": Explanation(
        "Map of cells",
        "A cell for each combination, measured by training. Cells that are not measured are hatched, those "
        "at work have corners. A tick says that seeds were solved, a triangle that a policy collapsed, a "
        "cross that numbers blew up. Arrow keys go from cell to cell; Return or a click chooses one.",
    ),
    "map_measure": Explanation(
        "Result of a map",
        "A result of runs, up to the moment of training that is shown; or a quantity as it is at that "
        "moment. All come from the curves that every run has kept.",
    ),
    "map_statistic": Explanation(
        "Of its seeds",
        "How the numbers of a cell's seeds become one: their mean; that of the seed that does worst; or the "
        "spread, the highest less the lowest, which says how much is luck.",
    ),
    "map_colours": Explanation(
        "Colours of a map",
        "By value: equal differences have equal colours, and a colour is the same number all through the "
        "film. By rank: each colour has about as many cells, so that small differences are seen, too.",
    ),
    "second_map": Explanation(
        "Second map",
        "Another result of the same cells beside the first; both show the same moment of training.",
    ),
    "map_film": Explanation(
        "Film of the map",
        "How the map came to be while all cells learnt: drag through training time, or play it (P). A cell "
        "that is measured later has its whole film from then on.",
    ),
    "map_cell": Explanation(
        "Cell", "The cell that is chosen: its values, the number of every seed, and the curves of all seeds."
    ),
    "cell_in_train": Explanation(
        "Open a cell in Train", "Set Train to the values of this cell, ready to begin with its first seed."
    ),
    "row_in_compare": Explanation(
        "Row or column in Compare",
        "Set up Compare with the values of this row (or column), the other value as it is here. Of more "
        "values than Compare tells apart it takes some, evenly spread, this cell among them.",
    ),
    "map_best": Explanation(
        "Highest so far",
        "The cell with the highest objective of all that are measured. Of many cells the highest is partly "
        "the luckiest: it is called the best only where fresh seeds say so.",
    ),
    "maps_progress": Explanation(
        "Progress of the map", "How many of its cells are measured, by all programs at it."
    ),
    "export_map": Explanation(
        "Export of a map",
        "The maps as PNG or SVG, with a line that says what was trained; every seed of every cell as CSV "
        "or JSON.",
    ),
    "export_map_csv": Explanation(
        "Cells as CSV", "A row for each seed of each measured cell, with all results; always a decimal point."
    ),
    "export_map_json": Explanation(
        "JSON of a map", "Both axes, and each measured cell with the results of each of its seeds."
    ),
}

GLOSSARY: dict[str, Explanation] = {
    **{name: declaration.explanation for name, declaration in DECLARATIONS.items()},
    **QUANTITIES,
    **_STATUS,
    **_CONCEPTS,
    **_PARTS,
    **_CONTROLS,
    **_PICTURES,
    **_JUDGING,
    **_LUCK,
    **_RUNS,
    **_TUNE,
    **_MAPS,
}
"""Every explanation by its key; hyperparameters and quantities under their name."""
