package credit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"

	"zahlziel/cal"
)

// The bounds of extra rules: an expression's length and worst cost in CEL's units, one per operation, and how many there
// may be, so that a decision stays far below a millisecond.
const (
	extraMax       = 20
	extraTextMax   = 500
	extraCostMax   = 200
	extraDaysMax   = 730 // from the policy's first day to the rule's end
	sentenceMax    = 160
	directionTries = 120
)

// extraEnv is CEL without macros: no loops, so every expression has a finite worst cost that is known when it is loaded.
func extraEnv() (*cel.Env, error) {
	opts := []cel.EnvOption{cel.ClearMacros()}
	for _, v := range variables {
		opts = append(opts, cel.Variable(v.name, v.typ))
	}
	return cel.NewEnv(opts...)
}

func (p *Policy) checkExtra() error {
	if len(p.Extra) == 0 {
		return nil
	}
	if len(p.Extra) > extraMax {
		return fmt.Errorf("extra_rules: at most %d", extraMax)
	}
	env, err := extraEnv()
	if err != nil {
		return err
	}
	seen := map[Code]bool{}
	p.extraAmount = false
	for i := range p.Extra {
		x := &p.Extra[i]
		if seen[x.Code] {
			return fmt.Errorf("extra_rules: %s appears twice", x.Code)
		}
		seen[x.Code] = true
		if err := x.compile(env, p.ValidFrom); err != nil {
			return fmt.Errorf("extra_rules: %s: %w", x.Code, err)
		}
		p.extraAmount = p.extraAmount || x.uses[varAmount]
	}
	return nil
}

// compile checks everything about a rule and makes its program.
func (x *ExtraRule) compile(env *cel.Env, from cal.Day) error {
	switch {
	case !x.Code.IsExtra():
		return errors.New("code must be X01 to X99")
	case strings.TrimSpace(x.Name) == "" || strings.TrimSpace(x.Owner) == "":
		return errors.New("name and owner must be set: somebody answers for the rule")
	case !x.Until.IsSet() || x.Until <= from || int32(x.Until-from) > extraDaysMax:
		return fmt.Errorf("until must be a day after valid_from, at most %d days later", extraDaysMax)
	case len(x.When) > extraTextMax:
		return fmt.Errorf("when: at most %d characters", extraTextMax)
	}
	x.methods = 0
	for _, m := range x.Methods {
		if !m.IsCredit() || x.methods.Has(m) {
			return fmt.Errorf("methods: %s pays now or appears twice; list credit methods once", m)
		}
		x.methods = x.methods.With(m)
	}
	if x.methods == 0 {
		return errors.New("methods: at least one is needed")
	}
	for _, text := range []string{x.German, x.English} {
		if err := lintSentence(text); err != nil {
			return fmt.Errorf("de and en: %w: %q", err, text)
		}
	}
	x.words = &Words{x.German, x.English}
	tree, err := x.parse(env)
	if err != nil {
		return fmt.Errorf("when: %w", err)
	}
	return x.checkDirections(tree)
}

// lintSentence judges a sentence for consumers: short, without an unfilled place, naming a cause instead of a score.
func lintSentence(text string) error {
	low := strings.ToLower(text)
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("the sentence is missing")
	case utf8.RuneCountInString(text) > sentenceMax:
		return fmt.Errorf("a sentence has at most %d characters", sentenceMax)
	case strings.ContainsAny(text, "{}"):
		return errors.New("a place is not filled")
	case strings.Contains(low, "score") || strings.Contains(low, "zu niedrig") || strings.Contains(low, "too low"):
		return errors.New("name the cause, not a score")
	}
	return nil
}

// parse compiles the expression and bounds its types and its cost.
func (x *ExtraRule) parse(env *cel.Env) (*ast.AST, error) {
	checked, issues := env.Compile(x.When)
	if issues != nil && issues.Err() != nil {
		return nil, issues.Err()
	}
	if checked.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("the expression gives %s; it must be true or false", checked.OutputType())
	}
	tree := checked.NativeRep()
	for _, t := range tree.TypeMap() {
		if !plainType(t) {
			return nil, fmt.Errorf("type %s is not allowed; use whole numbers, true and false, and texts", t)
		}
	}
	worst, err := env.EstimateCost(checked, textSizes{})
	if err != nil {
		return nil, err
	}
	if worst.Max > extraCostMax {
		return nil, fmt.Errorf("it may cost %d, more than %d; make it shorter", worst.Max, extraCostMax)
	}
	x.program, err = env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	return tree, err
}

// textSizes bounds the only text that a rule reads, so that comparing it has a worst cost.
type textSizes struct{}

// EstimateCallCost leaves every operation at CEL's own measure.
func (textSizes) EstimateCallCost(_, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	return nil
}

// EstimateSize knows how long a market's key can be.
func (textSizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if path := node.Path(); len(path) == 1 && path[0] == variables[varMarket].name {
		return &cost.SizeEstimate{Min: 0, Max: marketMax}
	}
	return nil
}

// marketMax is the longest market key, in bytes.
const marketMax = 16

// plainType keeps floats, times and anything dynamic out of decisions.
func plainType(t *cel.Type) bool {
	switch t.Kind() {
	case types.IntKind, types.BoolKind, types.StringKind:
		return true
	case types.ListKind:
		return len(t.Parameters()) == 1 && plainType(t.Parameters()[0])
	}
	return false
}

// checkDirections wants a direction for every variable that the expression uses, the one that is allowed, and tries out
// whether the expression keeps it.
func (x *ExtraRule) checkDirections(tree *ast.AST) error {
	x.uses = [variableCount]bool{}
	numbers, texts := []int64{0, 1, 2, 3, 7, 30, 100, 999, 1000, 10_000, 100_000, maxAmount}, []string{"de", "at", ""}
	visit := ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			if id, ok := variableByName[e.AsIdent()]; ok {
				x.uses[id] = true
			}
		case ast.LiteralKind:
			switch v := e.AsLiteral().(type) {
			case types.Int:
				numbers = append(numbers, int64(v)-1, int64(v), int64(v)+1)
			case types.String:
				texts = append(texts, string(v))
			}
		}
	})
	ast.PreOrderVisit(tree.Expr(), visit)
	for name := range x.Direction {
		if id, ok := variableByName[name]; !ok || !x.uses[id] {
			return fmt.Errorf("direction: %q is no variable of the expression", name)
		}
	}
	used := 0
	for id := range variableCount {
		if !x.uses[id] {
			continue
		}
		used++
		if v := &variables[id]; x.Direction[v.name] != v.grows {
			return fmt.Errorf("direction: a rule may block only %q as %s grows (%s); declare it so, and write the expression so", v.grows, v.name, v.meaning)
		}
	}
	if used == 0 {
		return errors.New("when: the expression uses no variable; a method is switched off at the merchant or the market")
	}
	slices.Sort(numbers)
	numbers = slices.DeleteFunc(slices.Compact(numbers), func(n int64) bool { return n < 0 || n > maxAmount })
	return x.tryDirections(numbers, texts)
}

// tryDirections draws values around the numbers of the expression and lets one variable after the other grow. The draws
// are the same on every machine.
func (x *ExtraRule) tryDirections(numbers []int64, texts []string) error {
	draw := rand.New(rand.NewPCG(uint64(x.Code), uint64(len(x.When))))
	for range directionTries {
		in := inputs{market: texts[draw.IntN(len(texts))]}
		for id := range in.values {
			in.values[id] = numbers[draw.IntN(len(numbers))]
		}
		for id := range variableCount {
			if !x.uses[id] || variables[id].grows == "" {
				continue
			}
			if err := x.grow(in, id, numbers); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *ExtraRule) grow(in inputs, id variableID, numbers []int64) error {
	blocked, last := false, int64(0)
	for i, n := range numbers {
		in.values[id] = n
		now, err := x.ask(&in)
		if err != nil {
			return fmt.Errorf("when: it cannot be computed for %s = %d: %w", variables[id].name, n, err)
		}
		if i > 0 && now != blocked && now != (variables[id].grows == "more") {
			return fmt.Errorf("when: it blocks %q as %s grows from %d to %d, against the declared direction; the way back could then be refused for paying",
				map[bool]string{true: "more", false: "less"}[now], variables[id].name, last, n)
		}
		blocked, last = now, n
	}
	return nil
}
