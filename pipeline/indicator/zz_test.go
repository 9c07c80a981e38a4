package indicator
import ("testing";"fmt")
func TestZZ(t *testing.T) { f, err := Study(1500, 300); if err != nil { t.Fatal(err) }; for _, x := range f { fmt.Println(x.Holds(), x.Share, x.What) } }
