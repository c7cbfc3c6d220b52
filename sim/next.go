package sim

import "context"

func (w *world) nextDay(ctx context.Context) error {
	if err := w.a.DB.SetDay(ctx, w.day); err != nil {
		return err
	}
	_, err := w.a.Day(ctx)
	return err
}
